import { Router } from 'express';
import { z } from 'zod';
import type { RiskFacts } from '../decision/facts.ts';
import { canonicalEmailClaim } from '../policy/canonical-email.ts';
import { newestProofAtMs } from '../policy/step-up-satisfied.ts';
import { nameOf } from '../preview/list-access.ts';
import type { OutsideScore } from '../risk/outside-score.ts';
import type { Session } from '../sessions/session.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { describeRevocation } from './describe-configuration.ts';
import { parseInput, readBody } from './parse-input.ts';
import { recordCall } from './record-call.ts';

const whoSchema = z.string().min(1).max(320);
const line = (longest: number) =>
  z.string().regex(new RegExp(`^[^\\p{Cc}\\p{Zl}\\p{Zp}]{1,${longest}}$`, 'u'), `1 to ${longest} printable characters`);
const longestSeconds = 90 * 86_400;
const scoreBody = z.strictObject({
  score: z.number().min(0).max(100),
  /** How long it holds. */
  seconds: z.number().int().min(60).max(longestSeconds),
  source: line(64),
  reason: line(500),
});
const nobody = 'Nobody who has signed in has this e-mail address or subject.';

/** `/api/v1/people/{who}/risk`: the scores of a person's sessions with every point, and the score that another system set. */
export function createRiskRoutes(dependencies: AdminDependencies): Router {
  const { people, risk, sessions, riskSettings, now } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  const findPeople = async (input: unknown) => {
    const who = parseInput(whoSchema, input, 'person');
    const found = await people.find(who);
    if (found.length === 0) throw new AdminProblem('not_found', nobody);
    return { who: canonicalEmailClaim(who) ?? who, people: found.map(({ person }) => person) };
  };

  const describeSession = async (session: Session) => {
    const subject = { sessionId: session.id, person: session.person };
    await risk.load(subject);
    const lastProofAtMs = newestProofAtMs(session.provedAtMs, now()) ?? 0;
    return { id: session.id, ...describeFacts(risk.peek(subject, lastProofAtMs, riskSettings(), now())) };
  };

  router.get('/people/:who/risk', async (request, response) => {
    const { who, people: found } = await findPeople(request.params.who);
    const described = [];
    for (const person of found) {
      const own = await sessions.ofPerson(person);
      const outside = await risk.outsideScoreOf(person);
      described.push({
        person: nameOf(person),
        issuer: person.issuer,
        subject: person.subject,
        outside_score: outside && describeScore(outside),
        sessions: await Promise.all(own.map(describeSession)),
      });
    }
    await recordCall(dependencies, request, response, 'success', { action: 'risk.show', detail: { who } });
    response.json({ people: described });
  });

  router.put('/people/:who/risk', async (request, response) => {
    const { score, seconds, source, reason } = parseInput(scoreBody, readBody(request), 'body');
    const { who, people: found } = await findPeople(request.params.who);
    const outside: OutsideScore = { score, setAtMs: now(), expiresAtMs: now() + seconds * 1000, source, reason };
    const reported = await dependencies.reporting(async () => {
      for (const person of found) await risk.setOutsideScore(person, outside);
    });
    await recordCall(dependencies, request, response, 'success', {
      action: 'risk.set',
      detail: { who, score, seconds, source, stated_reason: reason },
    });
    response.json({
      people: found.map(nameOf),
      outside_score: describeScore(outside),
      ...describeRevocation(reported),
    });
  });

  router.delete('/people/:who/risk', async (request, response) => {
    const { who, people: found } = await findPeople(request.params.who);
    const cleared = await Promise.all(found.map((person) => risk.clearOutsideScore(person)));
    await recordCall(dependencies, request, response, 'success', { action: 'risk.clear', detail: { who } });
    response.json({ people: found.map(nameOf), cleared: cleared.includes(true) });
  });

  router.all('/people/:who/risk', refuseMethod('GET, HEAD, PUT, DELETE'));
  return router;
}

function describeScore({ score, setAtMs, expiresAtMs, source, reason }: OutsideScore) {
  return { score, set_at: toIso(setAtMs), expires_at: toIso(expiresAtMs), source, reason };
}

function describeFacts({ score, points, reportedScore }: RiskFacts) {
  return {
    score,
    reported_score: reportedScore,
    points: points.map((point) => ({
      signal: point.signal,
      points: point.points,
      reported_points: point.reportedPoints,
      since: toIso(point.sinceMs),
      detail: point.detail,
    })),
  };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
