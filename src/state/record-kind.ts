import { Fault } from '../decision/fault.ts';
import type { RecordKind } from './state-store.ts';

const kinds: Readonly<Record<RecordKind, true>> = {
  session: true,
  last_seen: true,
  provider_grant: true,
  refresh_lease: true,
  credential: true,
  ticket: true,
  return_target: true,
  sign_in_attempt: true,
  single_sign_on: true,
  subject: true,
  device: true,
  device_nonce: true,
  device_pull: true,
  posture_warning: true,
  registered_browsers: true,
  lock: true,
  risk_baseline: true,
  risk_person: true,
  risk_score: true,
  reserve: true,
  signing_key: true,
  index_key: true,
  configuration: true,
  audit_head: true,
  person: true,
  person_use: true,
  last_openings: true,
};

/** Every kind there is. */
export const recordKinds: readonly RecordKind[] = Object.keys(kinds).filter(isKind);

function isKind(text: string): text is RecordKind {
  return Object.hasOwn(kinds, text);
}

/** Reads a kind that comes from the file. */
export function recordKindOf(text: string): RecordKind {
  if (isKind(text)) return text;
  throw new Fault('state_corrupt', 'The state file names a kind of record that this Postern does not know.');
}
