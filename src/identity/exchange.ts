import type { Request, Response } from 'express';
import type { Snapshot } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { Fault } from '../decision/fault.ts';
import type { ConnectionDevice } from '../devices/device.ts';
import type { IdentityDeps } from './identity-deps.ts';

/** One request to the sign-in host and what it keeps from start to end: one snapshot, one time, one decision id. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly snapshot: Snapshot;
  readonly decisionId: DecisionId;
  readonly startedAtMs: number;
  /** `https://auth.corp.example[:port]` of the listener that was asked. */
  readonly authOrigin: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly device: ConnectionDevice | undefined;
}

export function createExchange(deps: IdentityDeps, request: Request, response: Response): Exchange {
  const startedAtMs = deps.now();
  const snapshot = deps.snapshotOf(request);
  return {
    request,
    response,
    snapshot,
    decisionId: deps.nextDecisionId(startedAtMs),
    startedAtMs,
    authOrigin: deps.originOf(request),
    address: deps.addressOf(request),
    userAgent: request.headers['user-agent'],
    device: deps.connectionDevice(request),
  };
}

const exchanges = new WeakMap<Request, Exchange>();

/** Ties an exchange to its request for the steps that follow. */
export function rememberExchange(exchange: Exchange): void {
  exchanges.set(exchange.request, exchange);
}

/** The exchange of a request; a step that runs before it was made is a fault of ours. */
export function exchangeOf(request: Request): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined)
    throw new Fault('internal', 'A step of the sign-in host ran before its exchange was made.');
  return exchange;
}

/** The query as it was sent, each parameter as often as it was sent. */
export function queryOf(request: Request): URLSearchParams {
  const at = request.originalUrl.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : request.originalUrl.slice(at + 1));
}

/** A parameter that was sent exactly once and is not absurdly long. */
export function singleParameter(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  const [value] = values;
  return values.length === 1 && value !== undefined && value !== '' && value.length <= 512 ? value : undefined;
}
