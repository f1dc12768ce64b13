import { beforeAll, expect, test } from '@jest/globals';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { createCertificatesCheck } from '../../../src/server/certificates-check.ts';
import { configurationTime, makePair } from '../../support/config-files.ts';

const day = 86_400_000;
const nowMs = configurationTime;
let valid: string;
let alsoValid: string;
let ended: string;

beforeAll(async () => {
  valid = (await makePair(['postern.internal'])).certificate;
  alsoValid = (await makePair(['postern.internal'])).certificate;
  ended = (await makePair(['postern.internal'], new Date(nowMs - day))).certificate;
});

interface Certificates {
  readonly clientCa?: string;
  readonly towardsPayroll?: string;
  readonly allowUnfit?: boolean;
}

/** As much of a snapshot as the check reads. */
function snapshotWith({ clientCa, towardsPayroll, allowUnfit = false }: Certificates): Snapshot {
  const target = {
    kind: 'upstreams',
    clientCertificate: towardsPayroll === undefined ? undefined : { cert: towardsPayroll },
  };
  return {
    server: { authHost: 'auth.corp.example', tls: { certificates: [], clientCa, allowUnfit } },
    routes: [{ name: 'payroll', host: 'payroll.corp.example', target }],
  } as unknown as Snapshot;
}

const look = (next: Certificates, before: Certificates) =>
  createCertificatesCheck(() => nowMs).run(snapshotWith(next), snapshotWith(before), { trigger: 'signal' });

test('a certificate that has ended does not take the place of one that an app accepts', async () => {
  expect(await look({ towardsPayroll: ended }, { towardsPayroll: valid })).toMatchObject({
    outcome: 'blocked',
    lines: [expect.stringContaining('that payroll shows to its upstream ended on'), expect.any(String)],
  });
  expect(await look({ towardsPayroll: alsoValid }, { towardsPayroll: valid })).toMatchObject({ outcome: 'passed' });
});

test('authorities that have all ended do not take the place of one that devices come from', async () => {
  expect(await look({ clientCa: ended }, { clientCa: valid })).toMatchObject({ outcome: 'blocked' });
  expect(await look({ clientCa: `${ended}\n${alsoValid}` }, { clientCa: valid })).toMatchObject({ outcome: 'passed' });
});

test('what ran unfit before stops no other change, and what is meant is said', async () => {
  expect(await look({ towardsPayroll: ended }, { towardsPayroll: ended })).toEqual({ outcome: 'passed', lines: [] });
  expect(await look({ clientCa: ended, allowUnfit: true }, { clientCa: valid })).toMatchObject({
    outcome: 'passed',
    lines: [expect.any(String), 'meant: server.tls.allow_unfit is true'],
  });
});
