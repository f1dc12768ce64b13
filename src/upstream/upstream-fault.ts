import { Fault } from '../decision/fault.ts';
import type { ForwardResult } from './forward.ts';

/** Where the exchange with the upstream stood when it failed. */
export type UpstreamPhase = 'connecting' | 'waiting';

/** The code of a thrown thing, wherever it comes from (`instanceof` does not hold across realms). */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** A failed handshake: the upstream's certificate, its name, or ours. */
export function isTlsError(code: string): boolean {
  return (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.startsWith('CERT_') ||
    code.startsWith('UNABLE_TO_') ||
    code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ||
    code === 'SELF_SIGNED_CERT_IN_CHAIN' ||
    code === 'HOSTNAME_MISMATCH' ||
    code === 'INVALID_PURPOSE' ||
    code === 'INVALID_CA' ||
    code === 'PATH_LENGTH_EXCEEDED' ||
    code === 'EPROTO'
  );
}

const lostCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** What is known of a connection when it fails. */
interface ConnectionFacts {
  readonly bytesRead?: unknown;
}

/**
 * Notes on an error of a connection how much had come over it: undici does so for those that it makes itself. One listener for
 * all connections: one of each would keep what opened it.
 */
export function noteBytesRead(this: { readonly bytesRead: number }, error: Error): void {
  Object.assign(error, { socket: { bytesRead: this.bytesRead } satisfies ConnectionFacts });
}

/** The other side closed a connection on which it had answered before: it had waited for too long, and not this request was at fault. */
export function isStaleConnection(error: unknown): boolean {
  if (!lostCodes.has(codeOf(error)) || typeof error !== 'object' || error === null) return false;
  const facts: ConnectionFacts = 'socket' in error ? ((error.socket as ConnectionFacts | null) ?? {}) : {};
  return typeof facts.bytesRead === 'number' && facts.bytesRead > 0;
}

/** Turns what undici or a socket threw into a fault. */
export function toUpstreamFault(error: unknown, phase: UpstreamPhase, origin: string): Fault {
  if (isRefusedAddress(error)) return error;
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new Fault('internal', `The request could not be written for ${origin}.`, options);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'ETIMEDOUT') {
    return new Fault('upstream_timeout', `${origin} did not answer in time.`, options);
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    const message = `The head of the answer of ${origin} is larger than upstream.header_bytes of the route.`;
    return new Fault('upstream_broken', message, options);
  }
  if (phase === 'connecting') {
    const why = isTlsError(code) ? 'The certificate or the TLS settings of' : 'There is no connection to';
    return new Fault('upstream_unreachable', `${why} ${origin}: ${code === '' ? 'unknown error' : code}.`, options);
  }
  return new Fault(
    'upstream_broken',
    `${origin} broke off before it answered: ${code === '' ? 'unknown error' : code}.`,
    options,
  );
}

/** The address guard's own words pass unchanged: they name the address and the segment. */
function isRefusedAddress(error: unknown): error is Fault {
  return error instanceof Fault && error.code === 'upstream_unreachable';
}

/** What to count for a fault that `forward` or `open` rejected with. */
export function resultOfFault(fault: Fault): Exclude<ForwardResult['result'], 'ok'> {
  switch (fault.code) {
    case 'upstream_timeout':
      return 'timeout';
    case 'upstream_unreachable':
      return isTlsError(codeOf(fault.cause)) ? 'tls_error' : 'connect_error';
    case 'client_gone':
    case 'request_too_large':
    case 'request_trailers':
      return 'client_gone';
    default:
      return isTlsError(codeOf(fault.cause)) ? 'tls_error' : 'reset';
  }
}
