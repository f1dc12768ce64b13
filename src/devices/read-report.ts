import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose/jws/compact/verify';
import { z } from 'zod';
import type { FactValue } from './device-fact.ts';
import { factName, factValue } from './device-record.ts';

/** The largest report that is looked at, in characters. */
export const maxReportLength = 32 * 1024;
const maxFactsPerReport = 64;
/** How far the device's clock may be off, either way. */
const clockToleranceMs = 60_000;

const reportPayload = z.strictObject({
  aud: z.string().max(512),
  iat: z.number(),
  nonce: z.string().min(16).max(128),
  facts: z
    .record(factName, factValue)
    .refine((facts) => Object.keys(facts).length <= maxFactsPerReport, `at most ${maxFactsPerReport} facts`),
});

/** What a device said, its signature and its envelope checked; the nonce is still to be spent. */
export type ReadReport =
  | { readonly outcome: 'read'; readonly nonce: string; readonly facts: ReadonlyMap<string, FactValue> }
  | { readonly outcome: 'refused'; readonly why: string };

function refused(why: string): ReadReport {
  return { outcome: 'refused', why };
}

/** The schema passes this key over in silence; a report that holds it is not what it seems. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('__proto__ is no key of a report.');
  return value;
}

/** The one algorithm family that fits the key: the report's header chooses nothing (RFC 8725 §3.1). */
function algorithmsOf(key: KeyObject): readonly string[] {
  switch (key.asymmetricKeyType) {
    case 'ec':
      switch (key.asymmetricKeyDetails?.namedCurve) {
        case 'prime256v1':
          return ['ES256'];
        case 'secp384r1':
          return ['ES384'];
        case 'secp521r1':
          return ['ES512'];
        default:
          return [];
      }
    case 'rsa':
      return ['PS256', 'RS256'];
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    default:
      return [];
  }
}

/**
 * Reads a report (security-rules.md 12): a compact JWS by the key of the device's certificate, for this audience, made
 * within a minute of now, its facts by a closed schema. `why` is for the device's log and holds nothing of the report.
 */
export async function readReport(jws: string, key: KeyObject, audience: string, nowMs: number): Promise<ReadReport> {
  if (jws.length > maxReportLength) return refused(`The report is longer than ${maxReportLength} characters.`);
  const algorithms = [...algorithmsOf(key)];
  if (algorithms.length === 0) return refused("The certificate's key is of a kind that cannot sign reports.");

  let payload: unknown;
  try {
    const verified = await compactVerify(jws, key, { algorithms });
    payload = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(verified.payload), refusePrototype);
  } catch {
    return refused("The report is not a compact JWS of JSON by the key of the device's certificate.");
  }
  const parsed = reportPayload.safeParse(payload);
  if (!parsed.success) {
    return refused(
      'The report must hold aud, iat, nonce and facts, and nothing else; facts are texts, numbers or booleans by name.',
    );
  }
  const { aud, iat, nonce, facts } = parsed.data;
  if (aud !== audience) return refused(`The report is for another audience; aud must be "${audience}".`);
  if (Math.abs(iat * 1000 - nowMs) > clockToleranceMs) {
    return refused("The report's iat is more than a minute away from now. Set the device's clock.");
  }
  return { outcome: 'read', nonce, facts: new Map(Object.entries(facts)) };
}
