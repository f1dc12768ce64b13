import {
  either,
  flag,
  list,
  nothing,
  number,
  object,
  oneOf,
  optional,
  type ShapeOf,
  table,
  text,
} from './answer-shape.ts';

const stage = object({ name: text, outcome: oneOf('passed', 'blocked'), lines: list(text) });
const problem = object({
  code: text,
  severity: oneOf('error', 'warning'),
  file: text,
  line: number,
  column: number,
  message: text,
  help: optional(text),
});
const plan = { hash: text, config: text, was_config: text, stages: list(stage), warnings: list(problem) };
const shadow = object({
  file: text,
  config: text,
  compared: number,
  newly_denied: number,
  newly_allowed: number,
  newly_step_up: number,
  not_comparable: number,
});
const applied = object({ outcome: oneOf('applied'), took_ms: number, workers: optional(number), ...plan });
const checkedOnly = object({ outcome: oneOf('checked_only'), ...plan });
const unchanged = object({ outcome: oneOf('unchanged'), config: text });
const shadowOn = object({ outcome: oneOf('shadow_on'), shadow });
const shadowOff = object({ outcome: oneOf('shadow_off'), shadow: either(shadow, nothing) });
const refused = object({
  outcome: oneOf('refused'),
  because: text,
  detail: text,
  stages: list(stage),
  problems: list(problem),
});

/** What `POST /api/v1/reload` answers. */
export const reloadAnswer = either(
  either(applied, checkedOnly),
  either(unchanged, either(refused, either(shadowOn, shadowOff))),
);

/** What `GET /api/v1/status` answers. */
export const statusAnswer = object({
  config: text,
  since: text,
  file: text,
  origin: oneOf('file', 'history'),
  file_hash: either(text, nothing),
  hash: text,
  waiting: optional(either(object({ config: text, since: text, opens: list(text) }), nothing)),
  last_reload: either(
    object({
      at: text,
      trigger: text,
      successful: flag,
      outcome: text,
      detail: optional(text),
      problems: optional(list(problem)),
    }),
    nothing,
  ),
  shadow: either(shadow, nothing),
  readiness: object({ status: text, checks: table(text) }),
  workers: list(
    object({
      id: number,
      pid: either(number, nothing),
      state: text,
      since: text,
      restarts: number,
      last_end: either(text, nothing),
      config: either(text, nothing),
      streams: either(number, nothing),
    }),
  ),
  providers: optional(list(object({ id: text, state: text, since: either(text, nothing) }))),
  uptime_seconds: number,
});

/** What `GET /api/v1/routes` answers. */
export const routesAnswer = object({
  routes: list(
    object({
      name: text,
      from: text,
      match: object({ kind: text, path: text }),
      to: either(oneOf('next'), list(text)),
      public: flag,
      grants: number,
      denials: number,
      at: object({ file: text, line: number, column: number }),
    }),
  ),
});

/** What `GET /api/v1/whoami` answers. */
export const whoAmIAnswer = object({
  role: text,
  token: oneOf('only', 'new', 'former'),
  version: text,
  node: text,
  config: text,
  address: either(text, nothing),
});

export type ReloadAnswer = ShapeOf<typeof reloadAnswer>;
export type StatusAnswer = ShapeOf<typeof statusAnswer>;
export type AnsweredStage = ShapeOf<typeof stage>;
export type AnsweredProblem = ShapeOf<typeof problem>;
export type AnsweredShadow = ShapeOf<typeof shadow>;
