import type { Question } from '../access/judge.ts';
import type { Route } from '../config/route.ts';
import type { Session } from '../sessions/session.ts';
import type { Exchange } from './exchange.ts';

/** The question whether this person could open a path now, from this device and address. Risk learns nothing from it. */
export function previewOf(exchange: Exchange, route: Route, path: string, session: Session): Question {
  return {
    snapshot: exchange.snapshot,
    route,
    method: 'GET',
    path,
    address: exchange.address,
    userAgent: exchange.userAgent,
    nowMs: exchange.startedAtMs,
    decisionId: exchange.decisionId,
    session,
    provedAtMs: session.provedAtMs,
    credential: undefined,
    device: exchange.device,
    endedBecause: undefined,
    purpose: 'preview',
  };
}
