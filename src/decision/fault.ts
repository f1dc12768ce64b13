import type { ReasonCode } from './reason.ts';

/** The codes of faults: things that went wrong, as opposed to answers that are a no. */
export type FaultCode =
  | 'state_unavailable'
  /** It can be read, but not written: the disk is full, read-only or broken. */
  | 'state_unwritable'
  | 'state_corrupt'
  | 'state_conflict'
  | 'audit_unavailable'
  | 'idp_unavailable'
  | 'idp_refused'
  | 'upstream_unreachable'
  | 'upstream_busy'
  | 'upstream_timeout'
  | 'upstream_broken'
  | 'client_gone'
  | 'request_too_large'
  | 'request_trailers'
  | 'config_invalid'
  | 'internal';

/** The one error class of Postern. Branch on `code`, never on `instanceof` of a foreign error or on text. */
export class Fault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
  }
}

/** The one door through which an unknown throw becomes a fault. A fault passes unchanged. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault('internal', 'Something unexpected happened.', { cause: thrown });
}

const faultReasons: Partial<Record<FaultCode, ReasonCode>> = {
  state_unavailable: 'state_unavailable',
  state_unwritable: 'state_unavailable',
  state_corrupt: 'state_unavailable',
  audit_unavailable: 'audit_unavailable',
  idp_unavailable: 'idp_unavailable',
  upstream_unreachable: 'upstream_unreachable',
  upstream_busy: 'upstream_busy',
  upstream_timeout: 'upstream_timeout',
  upstream_broken: 'upstream_unreachable',
  request_too_large: 'request_too_large',
  request_trailers: 'trailers_refused',
};

/** The reason that a person is given for a fault; `policy_error` (503) where nothing closer fits, so that it is never an allow. */
export function reasonForFault(fault: Fault): ReasonCode {
  return faultReasons[fault.code] ?? 'policy_error';
}
