import type { PeerCertificate } from 'node:tls';
import type { Posture, Snapshot } from '../config/snapshot.ts';
import type { PostureFacts } from '../decision/facts.ts';
import type { DeviceFact, FactValue } from './device-fact.ts';
import type { FirstWarnings } from './first-warnings.ts';
import type { AppliedListing, ListedDevice } from './providers/listed-device.ts';

/** The device of a connection: its certificate, verified against the current snapshot. */
export interface ConnectionDevice {
  /** The certificate's common name. */
  readonly deviceId: string;
  /** SHA-256 of the certificate, lower-case hex without colons. */
  readonly fingerprint: string;
  readonly notAfterMs: number;
}

/** A device of which something is known. */
export interface KnownDevice {
  readonly deviceId: string;
  /** How many facts. */
  readonly facts: number;
  /** For each source, when it last said anything. Empty when the record is broken. */
  readonly sources: ReadonlyMap<string, number>;
}

export type ReportResult =
  | { readonly outcome: 'accepted'; readonly deviceId: string; readonly facts: number }
  | { readonly outcome: 'refused'; readonly why: string };

/** Device identity, facts and postures. */
export interface Devices {
  /** Verifies the chain now, whatever TLS said (security-rules.md 11); remembered by fingerprint and snapshot until notAfter. */
  identify(certificate: PeerCertificate | undefined, snapshot: Snapshot, nowMs: number): ConnectionDevice | undefined;
  /** Judges a posture from the facts as of now; facts older than its `max_age` are no facts. */
  judgePosture(deviceId: string, posture: Posture, nowMs: number): PostureFacts | Promise<PostureFacts>;
  /** When people were first warned of postures that fail. */
  readonly firstWarnings: Pick<FirstWarnings, 'of' | 'begin'>;
  /** A nonce for the device's next report: single use, short. */
  issueNonce(deviceId: string): Promise<string>;
  /** Takes a report: a compact JWS by the key of the device's certificate (security-rules.md 12). */
  acceptReport(
    jws: string,
    device: ConnectionDevice,
    certificate: PeerCertificate,
    audience: string,
  ): Promise<ReportResult>;
  /**
   * Sets facts from the admin API; source `admin`. `null` takes back what this source said; what others say stands.
   * Answers the newest statement of each fact that stands afterwards. Throws a `RangeError` (its message may be shown:
   * a 400) for a bad name or value, or too many facts; `Fault('state_conflict')` when others keep writing.
   */
  setFacts(
    deviceId: string,
    facts: Readonly<Record<string, FactValue | null>>,
    source: string,
  ): Promise<Readonly<Record<string, DeviceFact>>>;
  /** Puts a whole list of a provider in the place of what it said before; in slices. Rejects when the store does not answer. */
  applyListing(source: string, devices: ReadonlyMap<string, ListedDevice>): Promise<AppliedListing>;
  /** Devices of which anything is known, in the order of their ids, page by page. */
  list(page: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly KnownDevice[]>;
  /** All that is known of a device: for each fact, what each source says. */
  statementsOf(deviceId: string): Promise<ReadonlyMap<string, readonly DeviceFact[]>>;
  /** The newest statement of each fact. */
  factsOf(deviceId: string): Promise<Readonly<Record<string, DeviceFact>>>;
  /** Stops listening to the store. */
  close(): void;
}
