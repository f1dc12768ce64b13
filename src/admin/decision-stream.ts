import { setTimeout as delay } from 'node:timers/promises';
import { type Response, Router } from 'express';
import { z } from 'zod';
import type { AdminDependencies, FollowedDecisions } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { parseInput } from './parse-input.ts';
import { recordCall } from './record-call.ts';

const word = z.string().min(1).max(320).optional();
const filter = z.strictObject({ user: word, route: word, outcome: word, reason: word });

const readEveryMs = 250;
/** A line that says nothing, so that whoever follows can tell a quiet server from one that is gone. */
const silenceMs = 5_000;
const mostFollowers = 8;

/**
 * `/api/v1/decisions`: every decision as it is made, a JSON object a line. Nothing waits for a slow reader: while it takes
 * nothing, what is decided is counted and the number told. Each process keeps a bounded number, and only while somebody follows.
 */
export function createDecisionStream(dependencies: AdminDependencies): Router {
  const router = Router({ caseSensitive: true, strict: true });
  let followers = 0;

  // Express would ask the GET for it, which goes on and on.
  router.head('/decisions', refuseMethod('GET'));
  router.get('/decisions', async (request, response) => {
    const wanted = parseInput(filter, request.query, 'query');
    if (followers >= mostFollowers)
      throw new AdminProblem('too_many_followers', `${mostFollowers} follow the decisions already. End one of them.`);
    followers += 1;
    try {
      const detail = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
      await recordCall(dependencies, request, response, 'success', { action: 'decisions.follow', detail });
      response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
      response.flushHeaders();
      await stream(response, dependencies.followDecisions(wanted), dependencies);
    } finally {
      followers -= 1;
    }
  });

  router.all('/decisions', refuseMethod('GET'));
  return router;
}

async function stream(
  response: Response,
  followed: FollowedDecisions,
  { token, now }: Pick<AdminDependencies, 'token' | 'now'>,
): Promise<void> {
  const taken = token();
  let skipped = 0;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  while (!response.closed && !response.destroyed) {
    // A token that was replaced shows nothing any more.
    if (String(token()) !== String(taken)) break;
    const isSlow = response.writableNeedDrain;
    const read = await followed.read(isSlow);
    skipped += read.skipped;
    if (!isSlow) {
      const lines = [
        ...(skipped > 0 ? [`{"skipped":${skipped}}`] : []),
        ...read.events.map((event) => `{"event":${event}}`),
      ];
      skipped = 0;
      if (lines.length === 0 && now() - saidAtMs >= silenceMs)
        lines.push(`{"time":"${new Date(now()).toISOString()}"}`);
      if (lines.length > 0) {
        response.write(`${lines.join('\n')}\n`);
        saidAtMs = now();
      }
    }
    await delay(readEveryMs, undefined, { ref: false });
  }
  response.end();
}
