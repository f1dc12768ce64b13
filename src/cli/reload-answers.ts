import { z } from 'zod';

const stage = z.looseObject({ name: z.string(), outcome: z.enum(['passed', 'blocked']), lines: z.array(z.string()) });
const problem = z.looseObject({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  help: z.string().optional(),
});
const applied = {
  hash: z.string(),
  config: z.string(),
  was_config: z.string(),
  stages: z.array(stage),
  warnings: z.array(problem),
};
const refused = z.looseObject({
  outcome: z.literal('refused'),
  because: z.string(),
  detail: z.string(),
  stages: z.array(stage),
  problems: z.array(problem),
});
const shadow = z.looseObject({
  file: z.string(),
  config: z.string(),
  compared: z.number(),
  newly_denied: z.number(),
  newly_allowed: z.number(),
  newly_step_up: z.number(),
  not_comparable: z.number(),
});

/** What `POST /api/v1/reload` answers. */
export const reloadAnswer = z.discriminatedUnion('outcome', [
  z.looseObject({ outcome: z.literal('applied'), took_ms: z.number(), workers: z.number().optional(), ...applied }),
  z.looseObject({ outcome: z.literal('checked_only'), ...applied }),
  z.looseObject({ outcome: z.literal('unchanged'), config: z.string() }),
  z.looseObject({ outcome: z.literal('shadow_on'), shadow }),
  z.looseObject({ outcome: z.literal('shadow_off'), shadow: shadow.nullable() }),
  refused,
]);

/** What `GET /api/v1/status` answers. */
export const statusAnswer = z.looseObject({
  config: z.string(),
  since: z.string(),
  file: z.string(),
  origin: z.enum(['file', 'history']),
  file_hash: z.string().nullable(),
  hash: z.string(),
  waiting: z
    .looseObject({ config: z.string(), since: z.string(), opens: z.array(z.string()) })
    .nullable()
    .optional(),
  last_reload: z
    .looseObject({
      at: z.string(),
      trigger: z.string(),
      successful: z.boolean(),
      outcome: z.string(),
      detail: z.string().optional(),
      problems: z.array(problem).optional(),
    })
    .nullable(),
  shadow: shadow.nullable(),
  readiness: z.looseObject({ status: z.string(), checks: z.record(z.string(), z.string()) }),
  workers: z.array(
    z.looseObject({
      id: z.number(),
      pid: z.number().nullable(),
      state: z.string(),
      since: z.string(),
      restarts: z.number(),
      last_end: z.string().nullable(),
      config: z.string().nullable(),
      streams: z.number().nullable(),
    }),
  ),
  uptime_seconds: z.number(),
});

/** What `GET /api/v1/routes` answers. */
export const routesAnswer = z.looseObject({
  routes: z.array(
    z.looseObject({
      name: z.string(),
      from: z.string(),
      match: z.object({ kind: z.string(), path: z.string() }),
      to: z.union([z.literal('next'), z.array(z.string())]),
      public: z.boolean(),
      grants: z.number(),
      denials: z.number(),
      at: z.object({ file: z.string(), line: z.number(), column: z.number() }),
    }),
  ),
});

export type ReloadAnswer = z.infer<typeof reloadAnswer>;
export type StatusAnswer = z.infer<typeof statusAnswer>;
export type AnsweredStage = z.infer<typeof stage>;
export type AnsweredProblem = z.infer<typeof problem>;
export type AnsweredShadow = z.infer<typeof shadow>;
