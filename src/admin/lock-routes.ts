import { Router } from 'express';
import { z } from 'zod';
import { type Lock, type LockTarget, lockTextLimits } from '../locks/lock.ts';
import { nameOf } from '../preview/list-access.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { describeRevocation, toIso } from './describe-configuration.ts';
import { parseInput, readBody, sessionIdSchema } from './parse-input.ts';
import { recordCall } from './record-call.ts';

const line = (longest: number) =>
  z.string().regex(new RegExp(`^[^\\p{Cc}\\p{Zl}\\p{Zp}]{1,${longest}}$`, 'u'), `1 to ${longest} printable characters`);
const kindSchema = z.enum(['person', 'session', 'device', 'route']);
const longestSeconds = 366 * 86_400;
const lockBody = z.strictObject({
  /** For administrators and the trail. */
  reason: line(lockTextLimits.reason),
  /** What the person reads. */
  message: line(lockTextLimits.message).optional(),
  /** How long it holds; absent: until it is lifted. */
  seconds: z.number().int().min(1).max(longestSeconds).optional(),
});
const noQuery = z.strictObject({});

/** A target as it was asked for, and how administrators read it. */
interface Named {
  readonly target: LockTarget;
  readonly name: string;
}

/** `/api/v1/locks`: what is paused. `/api/v1/locks/{person|session|device|route}/{which}`: pausing it and lifting that. */
export function createLockRoutes(dependencies: AdminDependencies): Router {
  const { locks, people, sessions, routeNames, now } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  /** A person may be known at several providers: a lock is meant for all of them. */
  async function peopleNamed(which: string): Promise<readonly Named[]> {
    const found = await people.find(which);
    return found.map(({ person }) => {
      const { issuer, subject } = person;
      return { target: { kind: 'person', issuer, subject }, name: nameOf(person) };
    });
  }

  async function targetsToLock(kind: LockTarget['kind'], which: string): Promise<readonly Named[]> {
    switch (kind) {
      case 'person': {
        const found = await peopleNamed(which);
        if (found.length > 0) return found;
        throw new AdminProblem('not_found', 'Nobody who has signed in has this e-mail address or subject.');
      }
      case 'session': {
        const id = parseInput(sessionIdSchema, which, 'session id');
        if ((await sessions.find(id)) === undefined)
          throw new AdminProblem('not_found', 'No session has this id, or it has ended.');
        return [{ target: { kind, sessionId: id }, name: id }];
      }
      case 'device':
        return [{ target: { kind, deviceId: parseInput(line(192), which, 'device id') }, name: which }];
      case 'route':
        if (!routeNames().includes(which)) throw new AdminProblem('not_found', 'No route has this name.');
        return [{ target: { kind, route: which }, name: which }];
      default:
        return kind satisfies never;
    }
  }

  /** What is locked may be gone by now: an ended session, a route that a reload took away, a forgotten person. */
  async function targetsToLift(kind: LockTarget['kind'], which: string): Promise<readonly Named[]> {
    switch (kind) {
      case 'person': {
        const found = await peopleNamed(which);
        return found.length > 0 ? found : lockedSubjects(await locks.list(), which);
      }
      case 'session':
        return [{ target: { kind, sessionId: which }, name: which }];
      case 'device':
        return [{ target: { kind, deviceId: which }, name: which }];
      case 'route':
        return [{ target: { kind, route: which }, name: which }];
      default:
        return kind satisfies never;
    }
  }

  /** The lock comes first, so that nobody signs in between; then what the person has is ended (security-rules.md 1). */
  async function setOne(lock: Lock): Promise<{ readonly outcome: 'set' | 'replaced'; readonly ended: number }> {
    const outcome = await locks.set(lock);
    const { target } = lock;
    return { outcome, ended: target.kind === 'person' ? await sessions.endAllOf(target, 'admin') : 0 };
  }

  router.get('/locks', async (request, response) => {
    parseInput(noQuery, request.query, 'query');
    const all = await locks.list();
    await recordCall(dependencies, request, response, 'success', { action: 'locks.list' });
    const sorted = all.toSorted((one, other) => one.setAtMs - other.setAtMs);
    response.json({ locks: sorted.map(describeLock), total: all.length });
  });

  router.put('/locks/:kind/:which', async (request, response) => {
    const kind = parseInput(kindSchema, request.params.kind, 'kind of lock');
    const which = parseInput(line(320), request.params.which, 'name');
    const { reason, message, seconds } = parseInput(lockBody, readBody(request), 'body');
    const targets = await targetsToLock(kind, which);
    const setAtMs = now();
    const expiresAtMs = seconds === undefined ? undefined : setAtMs + seconds * 1_000;
    const newLocks = targets.map(
      ({ target }): Lock => ({ target, reason, message, setBy: 'admin', setAtMs, expiresAtMs }),
    );
    const reported = await dependencies.reporting(async () => {
      const outcomes = [];
      for (const lock of newLocks) outcomes.push(await setOne(lock));
      return outcomes;
    });
    const { result, keptIn } = reported;
    const ended = result.reduce((sum, one) => sum + one.ended, 0);
    for (const { target, name } of targets) {
      await recordCall(dependencies, request, response, 'success', {
        type: 'lock_set',
        action: 'locks.set',
        ...whomOf(target),
        detail: {
          kind,
          target: name,
          stated_reason: reason,
          until: expiresAtMs === undefined ? undefined : toIso(expiresAtMs),
          sessions_ended: ended,
          kept_in: keptIn,
        },
      });
    }
    response.json({
      locked: targets.map(({ name }) => name),
      kind,
      outcome: result.some(({ outcome }) => outcome === 'replaced') ? 'replaced' : 'set',
      ...(expiresAtMs === undefined ? {} : { expires_at: toIso(expiresAtMs) }),
      sessions_ended: ended,
      ...describeRevocation(reported),
    });
  });

  router.delete('/locks/:kind/:which', async (request, response) => {
    const kind = parseInput(kindSchema, request.params.kind, 'kind of lock');
    const which = parseInput(line(320), request.params.which, 'name');
    const lifted: string[] = [];
    for (const { target, name } of await targetsToLift(kind, which)) {
      if ((await locks.lift(target)) === undefined) continue;
      lifted.push(name);
      await recordCall(dependencies, request, response, 'success', {
        type: 'lock_lifted',
        action: 'locks.lift',
        ...whomOf(target),
        detail: { kind, target: name },
      });
    }
    if (lifted.length === 0) throw new AdminProblem('not_found', 'Nothing of this name is locked.');
    response.json({ unlocked: lifted, kind });
  });

  router.all('/locks', refuseMethod('GET, HEAD'));
  router.all('/locks/:kind/:which', refuseMethod('PUT, DELETE'));
  return router;
}

function lockedSubjects(all: readonly Lock[], which: string): readonly Named[] {
  return all.flatMap(({ target }) =>
    target.kind === 'person' && target.subject === which ? [{ target, name: target.subject }] : [],
  );
}

function whomOf(target: LockTarget) {
  switch (target.kind) {
    case 'person':
      return { subject: { issuer: target.issuer, subject: target.subject, email: undefined } };
    case 'session':
      return { sessionId: target.sessionId };
    case 'device':
    case 'route':
      return {};
    default:
      return target satisfies never;
  }
}

function describeLock({ target, reason, message, setBy, setAtMs, expiresAtMs }: Lock) {
  return {
    kind: target.kind,
    ...describeTarget(target),
    reason,
    message,
    set_by: setBy,
    set_at: toIso(setAtMs),
    expires_at: expiresAtMs === undefined ? undefined : toIso(expiresAtMs),
  };
}

function describeTarget(target: LockTarget) {
  switch (target.kind) {
    case 'person':
      return { issuer: target.issuer, subject: target.subject };
    case 'session':
      return { session_id: target.sessionId };
    case 'device':
      return { device_id: target.deviceId };
    case 'route':
      return { route: target.route };
    default:
      return target satisfies never;
  }
}
