import type { Route, RouteTarget, Snapshot } from '../config/snapshot.ts';
import { assess } from './assess.ts';
import { reasonAgainstUpgrade } from './authorize.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Judged } from './stages.ts';

/**
 * Whether an open stream would still be let in under another configuration: its route is there, leads to the same place
 * by the same trust, and the judge does not say no. Time alone closes nothing here: a stream that would be asked to step
 * up under the old configuration too stays open.
 */
export async function judgeStreamAgain(
  judged: Judged,
  next: Snapshot,
  parts: Pick<GatewayParts, 'sessions' | 'judge' | 'devices' | 'peerCertificate' | 'now'>,
): Promise<boolean> {
  const { received, identity } = judged;
  const { target } = received;
  const route = next.routeTable.find(target.host, target.path);
  if (route === undefined || !isSameTarget(route.target, judged.route.target)) return false;
  if (judged.client === 'websocket' && reasonAgainstUpgrade(received, route) !== undefined) return false;
  const session = identity.session === undefined ? undefined : await parts.sessions.find(identity.session.id);
  if (identity.session !== undefined && session === undefined) return false;
  const nowMs = parts.now();
  const certificate = parts.peerCertificate(received.arrival.request);
  const outcomeUnder = async (snapshot: Snapshot, of: Route) => {
    const device = parts.devices.identify(certificate, snapshot, nowMs);
    const question = assess({ ...received, snapshot, nowMs }, of, { ...identity, session, device });
    return (await parts.judge.decide({ ...question, purpose: 'preview' })).decision.outcome;
  };
  switch (await outcomeUnder(next, route)) {
    case 'allow':
      return true;
    case 'step_up':
      return (await outcomeUnder(received.snapshot, judged.route)) === 'step_up';
    case 'deny':
    case 'sign_in':
      return false;
  }
}

/** Everything that a connection to an upstream is made from: text, lists and addresses, all of which JSON tells apart. */
function isSameTarget(one: RouteTarget, other: RouteTarget): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
