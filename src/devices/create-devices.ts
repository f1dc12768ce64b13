import { setImmediate as breathe } from 'node:timers/promises';
import type { Posture } from '../config/snapshot.ts';
import type { CheckResult } from '../decision/decision.ts';
import type { PostureFacts } from '../decision/facts.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Devices, KnownDevice } from './device.ts';
import type { FactValue } from './device-fact.ts';
import { createDeviceMemory } from './device-memory.ts';
import { type DeviceRecord, factName, factValue, newestStatements, parseDeviceRecord } from './device-record.ts';
import { parseCertificate } from './device-trust.ts';
import { createFirstWarnings } from './first-warnings.ts';
import { createIdentify, fingerprintOf } from './identify-device.ts';
import { judgePosture, type TimedPosture } from './judge-posture.ts';
import { applyListing } from './providers/apply-listing.ts';
import { readReport } from './read-report.ts';
import { createReportNonces } from './report-nonce.ts';

export interface DevicesDependencies {
  readonly store: StateStore;
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
  /** Hears of each check of a posture that is judged anew: what is remembered is not told again. */
  readonly onChecked?: (fact: string, check: CheckResult) => void;
}

/** What a device says of itself: a posture may demand another source (security-rules.md 12). */
const ownSource = 'self';

/** Builds device identity, facts and postures on the store. Judge postures after `store.freshen()`. */
export function createDevices({ store, now, randomBytes, onChecked }: DevicesDependencies): Devices {
  const memory = createDeviceMemory(store);
  const firstWarnings = createFirstWarnings(store);
  const nonces = createReportNonces(store, now, randomBytes);
  // A changed record is a new object, and a reloaded posture too: nothing here can outlive what it was judged from.
  const judged = new WeakMap<DeviceRecord, WeakMap<Posture, TimedPosture & { readonly judgedAtMs: number }>>();

  function judge(record: DeviceRecord, posture: Posture, nowMs: number): PostureFacts {
    let ofRecord = judged.get(record);
    if (ofRecord === undefined) {
      ofRecord = new WeakMap();
      judged.set(record, ofRecord);
    }
    const known = ofRecord.get(posture);
    if (known !== undefined && known.judgedAtMs <= nowMs && nowMs <= known.holdsUntilMs) return known.facts;
    const fresh = judgePosture(record, posture, nowMs);
    ofRecord.set(posture, { ...fresh, judgedAtMs: nowMs });
    for (const [index, { check: fact }] of posture.require.entries()) {
      const check = fresh.facts.checks[index];
      if (check !== undefined) onChecked?.(fact, check);
    }
    return fresh.facts;
  }

  return {
    identify: createIdentify(),

    judgePosture: (deviceId, posture, nowMs) => {
      const record = memory.get(deviceId);
      return record instanceof Promise
        ? record.then((loaded) => judge(loaded, posture, nowMs))
        : judge(record, posture, nowMs);
    },

    firstWarnings,

    issueNonce: (deviceId) => nonces.issue(deviceId),

    acceptReport: async (jws, device, certificate, audience) => {
      const leaf = parseCertificate(certificate.raw);
      if (leaf === undefined || fingerprintOf(leaf) !== device.fingerprint) {
        return { outcome: 'refused', why: "The certificate is not that of the connection's device." };
      }
      const nowMs = now();
      const report = await readReport(jws, leaf.publicKey, audience, nowMs);
      if (report.outcome === 'refused') return report;
      if (!(await nonces.spend(report.nonce, device.deviceId))) {
        return {
          outcome: 'refused',
          why: 'The nonce is unknown, used, older than five minutes or of another device. Ask for a new one.',
        };
      }
      const record = await memory.change(device.deviceId, report.facts, ownSource, nowMs);
      if (record === 'too_many') return { outcome: 'refused', why: 'The device has too many facts already.' };
      return { outcome: 'accepted', deviceId: device.deviceId, facts: report.facts.size };
    },

    setFacts: async (deviceId, facts, source) => {
      const record = await memory.change(deviceId, checkFacts(facts), source, now(), true);
      if (record === 'too_many')
        throw new RangeError(`Device "${deviceId}" would have too many facts. Remove some with null.`);
      return newestStatements(record);
    },

    applyListing: (source, devices) => applyListing(source, devices, { store, memory, breathe }),

    list: async ({ after = '', limit }) => {
      const records = await store.list('device', { after, limit });
      return records.map(({ key, value }) => describeRecord(key, value));
    },

    statementsOf: async (deviceId) => (await memory.get(deviceId)).statements,

    factsOf: async (deviceId) => newestStatements(await memory.get(deviceId)),

    close: () => {
      memory.close();
      firstWarnings.close();
    },
  };
}

/** For lists, where one broken record must not hide the others. */
function describeRecord(deviceId: string, json: string): KnownDevice {
  const sources = new Map<string, number>();
  let facts = 0;
  try {
    for (const all of parseDeviceRecord(json).statements.values()) {
      facts += 1;
      for (const { source, asOfMs } of all) sources.set(source, Math.max(asOfMs, sources.get(source) ?? 0));
    }
  } catch {
    return { deviceId, facts: 0, sources: new Map() };
  }
  return { deviceId, facts, sources };
}

/** Holds facts against the rules for names and values. Throws a `RangeError` that names the first that breaks them. */
function checkFacts(facts: Readonly<Record<string, FactValue | null>>): ReadonlyMap<string, FactValue | null> {
  const checked = new Map<string, FactValue | null>();
  for (const [name, value] of Object.entries(facts)) {
    if (!factName.safeParse(name).success) {
      throw new RangeError(
        `"${name.slice(0, 64)}" is no name of a fact: use a-z, 0-9 and _, beginning with a letter, at most 64.`,
      );
    }
    if (value !== null && !factValue.safeParse(value).success) {
      throw new RangeError(
        `The fact "${name}" must be a text of at most 256 characters, a finite number, true, false or null.`,
      );
    }
    checked.set(name, value);
  }
  return checked;
}
