import { appOf } from '../pages/build-answer.ts';
import type { PostponedProof } from '../pages/page.ts';
import { portalPath, postponedField } from '../pages/paths.ts';
import type { Session } from '../sessions/session.ts';
import { pathOf, routeOf, stepUpPath } from './answer.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import type { Destination } from './hand-over.ts';
import type { IdentityParts } from './parts.ts';
import { previewOf } from './preview.ts';

/**
 * Where somebody goes who does not want to prove more now: back to the page of the app that they came from, where it
 * opens without that proof, else to the portal, which says how to come back. Never on to what asks for the proof again.
 */
export async function notNowUrl(
  parts: IdentityParts,
  exchange: Exchange,
  session: Session,
  returnTargetId: string,
  { target: { origin, host, cameFrom } }: Destination,
): Promise<string> {
  // The record is ours, and still: behind an origin only a slash begins a path.
  if (cameFrom?.startsWith('/')) {
    const route = routeOf(exchange.snapshot, host, cameFrom);
    const question = route === undefined ? undefined : previewOf(exchange, route, pathOf(cameFrom), session);
    const judged = question === undefined ? undefined : await parts.deps.judge.decide(question);
    if (judged?.decision.outcome === 'allow') return origin + cameFrom;
  }
  return `${exchange.authOrigin}${portalPath}?${postponedField}=${encodeURIComponent(returnTargetId)}`;
}

/** What the portal says to somebody who comes by "Not now"; nothing once the app opens, or is closed for another reason. */
export async function findPostponed(
  parts: IdentityParts,
  exchange: Exchange,
  session: Session,
): Promise<PostponedProof | undefined> {
  const returnTargetId = singleParameter(queryOf(exchange.request), postponedField);
  const destination = await parts.handOver.find(exchange, returnTargetId);
  if (destination === undefined || returnTargetId === undefined) return undefined;
  const { route, target } = destination;
  const { decision } = await parts.deps.judge.decide(previewOf(exchange, route, pathOf(target.path), session));
  return decision.outcome === 'step_up' ? { app: appOf(route), confirmUrl: stepUpPath(returnTargetId) } : undefined;
}
