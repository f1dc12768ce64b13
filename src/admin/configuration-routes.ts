import { type Response, Router } from 'express';
import { z } from 'zod';
import { problemToJson } from '../config/render-problems.ts';
import type { Route, RouteTarget } from '../config/route.ts';
import { englishOf } from '../config/values/local-text.ts';
import type { AdminDependencies, RunningConfiguration } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import type { AskReadiness } from './ask-readiness.ts';
import {
  describeHistory,
  describeOutcome,
  describeProvider,
  describeShadow,
  describeStatus,
  describeWorker,
} from './describe-configuration.ts';
import { parseInput, readBody } from './parse-input.ts';
import { recordCall } from './record-call.ts';

const hash = z.string().regex(/^[0-9a-f]{4,64}$/i, 'a hash is 4 to 64 hex digits');

const reloadBody = z
  .strictObject({
    check_only: z.boolean().default(false),
    allow_lockout: z.boolean().default(false),
    to: hash.optional(),
    expect: hash.optional(),
    shadow: z.string().min(1).max(4096).optional(),
  })
  .refine((body) => body.shadow === undefined || Object.values({ ...body, shadow: undefined }).every((one) => !one), {
    message: 'shadow stands alone: a shadow changes nothing of what runs',
  });

/** `/api/v1/reload`, `/status`, `/configurations` and `/routes`. */
export function createConfigurationRoutes(dependencies: AdminDependencies, askReadiness: AskReadiness): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const { now, workers, providers } = dependencies;

  const running = (): RunningConfiguration => {
    if (dependencies.configuration !== undefined) return dependencies.configuration;
    throw new AdminProblem(
      'reload_unavailable',
      'It was started without a file. Start it with one: postern run -c FILE.',
    );
  };

  router.post('/reload', async (request, response) => {
    const body = parseInput(reloadBody, readBody(request) ?? {}, 'body');
    const configuration = running();
    if (body.shadow !== undefined) {
      const answer = await setShadow(body.shadow, configuration, response);
      const detail = { shadow: body.shadow, accepted: response.statusCode === 200 };
      await recordCall(dependencies, request, response, 'success', { action: 'reload.shadow', detail });
      response.json(answer);
      return;
    }
    const { check_only: checkOnly, allow_lockout: allowLockout, to, expect } = body;
    const outcome = await configuration.reload({
      trigger: 'admin',
      author: 'admin',
      checkOnly,
      allowLockout,
      to,
      expect,
    });
    const result = outcome.outcome === 'refused' ? 'failure' : 'success';
    const detail = { outcome: outcome.outcome, check_only: checkOnly, allow_lockout: allowLockout, to };
    await recordCall(dependencies, request, response, result, { action: 'reload', detail });
    response.status(outcome.outcome === 'refused' ? 422 : 200).json(describeOutcome(outcome));
  });

  router.get('/status', async (request, response) => {
    const configuration = running();
    const [parts, processes, shadow] = await Promise.all([askReadiness(), workers(), configuration.shadow.status()]);
    await recordCall(dependencies, request, response, 'success', { action: 'status' });
    response.json({
      ...describeStatus(configuration.status()),
      shadow: describeShadow(shadow),
      readiness: parts,
      workers: processes.map(describeWorker),
      providers: providers().map(describeProvider),
      started_at: new Date(configuration.startedAtMs).toISOString(),
      uptime_seconds: Math.floor((now() - configuration.startedAtMs) / 1000),
    });
  });

  router.get('/configurations', async (request, response) => {
    const configuration = running();
    const entries = await configuration.history();
    await recordCall(dependencies, request, response, 'success', { action: 'configurations.list' });
    response.json({ configurations: describeHistory(entries, configuration.status().hash) });
  });

  router.get('/routes', async (request, response) => {
    const snapshot = running().snapshot();
    await recordCall(dependencies, request, response, 'success', { action: 'routes.list' });
    response.json({ hash: snapshot.hash, routes: snapshot.routes.map(describeRoute) });
  });

  router.all('/reload', refuseMethod('POST'));
  router.all(['/status', '/configurations', '/routes'], refuseMethod('GET, HEAD'));
  return router;
}

async function setShadow(file: string, { shadow }: RunningConfiguration, response: Response) {
  if (file === 'off') {
    const last = describeShadow(await shadow.status());
    await shadow.stop();
    return { outcome: 'shadow_off', shadow: last };
  }
  const loaded = await shadow.start(file);
  if (loaded.outcome === 'loaded') return { outcome: 'shadow_on', shadow: describeShadow(await shadow.status()) };
  response.status(422);
  const detail = 'The shadow was not begun: its file has errors.';
  return { outcome: 'refused', because: 'problems', detail, stages: [], problems: loaded.problems.map(problemToJson) };
}

function placeOf(target: RouteTarget): string | readonly string[] {
  switch (target.kind) {
    case 'next':
      return 'next';
    case 'redirect':
      return `redirect to ${target.location}`;
    case 'respond':
      return `respond with ${target.answer.status}`;
    case 'upstreams':
      return target.urls.map((url) => url.origin);
    default:
      return target satisfies never;
  }
}

function describeRoute({ name, title, origin, match, target, at, policy }: Route) {
  return {
    name,
    title: englishOf(title),
    from: origin,
    match: {
      kind: match.kind,
      path: match.kind === 'regex' ? match.pattern.source.slice('regex:'.length) : match.path,
    },
    to: placeOf(target),
    public: policy.isPublic,
    grants: policy.grants.length,
    denials: policy.denials.length,
    at,
  };
}
