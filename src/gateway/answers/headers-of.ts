import type { IncomingMessage } from 'node:http';
import type { Route } from '../../config/route.ts';
import { type AnswerHeaders, buildAnswerHeaders } from '../../http/answer-headers.ts';
import { strictTransport } from '../../http/strict-transport.ts';
import type { Opening } from '../stages.ts';

/** The headers of an answer of our own to this request: what it says, beside what every answer of ours says. */
export function headersOf(
  { decisionId, arrival, snapshot }: Opening,
  answer: Omit<AnswerHeaders, 'decisionId' | 'strictTransport'>,
): string[] {
  // Not the Host header: that may be anything. All hosts are under localhost, or none that a person should trust.
  const hsts = strictTransport(arrival.listener.scheme, snapshot.server.authHost);
  return buildAnswerHeaders({ ...answer, decisionId, strictTransport: hsts });
}

/** Whose scripts may read an answer of our own to this request: a script of another origin only sees a network error else. */
export function readableBy({ headers }: IncomingMessage, route: Route | undefined): string | undefined {
  const { origin } = headers;
  if (origin === undefined || route === undefined) return undefined;
  if (route.isReadableByAll) return '*';
  return route.corsOrigins.has(origin) ? origin : undefined;
}
