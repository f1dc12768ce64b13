import type { ErrorRequestHandler } from 'express';
import { type Fault, type FaultCode, reasonForFault, toFault } from '../decision/fault.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import type { IdentityParts } from './parts.ts';

/** The one place where a throw becomes an answer: a 4xx that Express or a body parser found, else the fault's 5xx. */
export function createAnswerFault(parts: IdentityParts): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    let exchange: Exchange;
    try {
      exchange = exchangeOf(request);
    } catch {
      response.status(500).end();
      return;
    }
    const clientStatus = clientStatusOf(thrown);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (clientStatus !== undefined) {
      const reason = clientStatus === 413 ? 'request_too_large' : 'request_malformed';
      parts.answers.refuse(exchange, { reason });
      return;
    }
    const fault = toFault(thrown);
    logFault(parts, exchange, fault);
    parts.deps.metrics.failedClosed(failureKinds[fault.code] ?? 'internal');
    parts.answers.refuse(exchange, { reason: reasonForFault(fault), retryUrl: undefined });
  };
}

const failureKinds: Partial<Record<FaultCode, Parameters<Metrics['failedClosed']>[0]>> = {
  state_unavailable: 'state',
  state_unwritable: 'state',
  state_corrupt: 'state',
  state_conflict: 'state',
  audit_unavailable: 'audit',
};

function logFault(parts: IdentityParts, exchange: Exchange, fault: Fault): void {
  const { cause } = fault;
  // A foreign error's text may hold what it failed on; its name and code do not.
  const facts = {
    code: fault.code,
    decision_id: exchange.decisionId,
    path: exchange.request.path,
    cause: typeof cause === 'object' && cause !== null ? String(Reflect.get(cause, 'name')) : undefined,
    cause_code: typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined,
    stack: fault.code === 'internal' && fault.cause !== undefined ? stackOf(cause) : undefined,
  };
  parts.deps.log.error(facts, fault.message);
}

/** Where it happened, without the first line, which is the message. */
function stackOf(cause: unknown): string | undefined {
  const stack: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'stack') : undefined;
  return typeof stack === 'string' ? stack.split('\n').slice(1, 6).join('\n') : undefined;
}

/** Errors of Express and its body parsers carry the status that the client earned. */
function clientStatusOf(thrown: unknown): number | undefined {
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
