import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { printHead, readAuditHeads, readPrintedHead } from '../../../src/audit/audit-head.ts';
import { loadAuditSigner, replaceAuditKey } from '../../../src/audit/audit-key.ts';
import { verifyAudit } from '../../../src/audit/verify-audit.ts';
import { makeAllow } from '../../support/record-events.ts';
import { createMemoryState } from '../../support/record-state.ts';
import { createTrailBench, hourMs } from '../../support/record-trail.ts';

type Bench = Awaited<ReturnType<typeof createTrailBench>>;

/** One run of the program with some events. */
async function run(bench: Bench, state: Bench['state'] = bench.state, pid = process.pid): Promise<void> {
  const trail = await bench.open({ stateStore: state, pid });
  for (let round = 0; round < 3; round += 1) await trail.recordDurably(makeAllow(bench.clock.nowMs));
  await trail.close();
  bench.clock.nowMs += hourMs;
}

/** What `audit verify -c` is given. */
async function known(state: Bench['state'], nowMs: number) {
  const { publicKey, introductions, keysSinceMs } = await loadAuditSigner(state, nowMs);
  const publicKeys = [publicKey, ...introductions.map(({ by_key_id: kid }) => ({ kid }))];
  return { publicKeys, introductions, keysSinceMs, heads: await readAuditHeads(state) };
}

describe('a new key of the trail', () => {
  test('is introduced by the one of before, and the whole verifies with either', async () => {
    const bench = await createTrailBench();
    await run(bench);
    const { from, to } = await replaceAuditKey(bench.state, bench.clock.nowMs);
    await run(bench);
    const second = await replaceAuditKey(bench.state, bench.clock.nowMs);
    expect(second.from).toEqual(to);
    await run(bench);
    const withState = await verifyAudit(bench.directory, await known(bench.state, bench.clock.nowMs));
    expect(withState).toMatchObject({ isIntact: true, keyIds: [from.kid, to.kid, second.to.kid] });
    // Whoever noted the first key alone needs nothing else.
    expect((await verifyAudit(bench.directory, { publicKeys: [from] })).breaks).toEqual([]);
    const withLast = await verifyAudit(bench.directory, { publicKeys: [second.to] });
    expect(withLast.breaks.map(({ problem }) => problem)).toEqual(['key_unknown', 'key_unknown']);
  });

  test('is taken up by a trail that runs', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open({ signEveryMs: 5 });
    await trail.recordDurably(makeAllow(bench.clock.nowMs));
    const { to } = await replaceAuditKey(bench.state, bench.clock.nowMs);
    while (trail.publicKey.kid !== to.kid) await turn();
    await trail.recordDurably(makeAllow(bench.clock.nowMs));
    await trail.close();
    expect((await bench.lines()).some((line) => 'introduction' in line)).toBe(true);
    const { isIntact } = await verifyAudit(bench.directory, await known(bench.state, bench.clock.nowMs));
    expect(isIntact).toBe(true);
  });

  test('ends the one of before: what that signs later is not believed', async () => {
    const bench = await createTrailBench();
    await run(bench);
    const thief = createMemoryState();
    const stolen = await bench.state.read('signing_key', 'audit-checkpoints');
    if (stolen.found !== 'record') throw new Error('There is no key.');
    await thief.write({ ...stolen.record, expectedVersion: 0 });
    await replaceAuditKey(bench.state, bench.clock.nowMs);
    await run(bench);
    await run(bench, thief, 4711);
    const { breaks } = await verifyAudit(bench.directory, await known(bench.state, bench.clock.nowMs));
    expect(breaks).toEqual([
      expect.objectContaining({ problem: 'key_unknown', detail: expect.stringContaining('replaced') }),
    ]);
  });

  test('that nobody of before signed for is none', async () => {
    const bench = await createTrailBench();
    await run(bench);
    const forged = createMemoryState();
    await run(bench, forged, 4711);
    await replaceAuditKey(forged, bench.clock.nowMs);
    await run(bench, forged, 4711);
    const { breaks } = await verifyAudit(bench.directory, await known(bench.state, bench.clock.nowMs));
    expect(breaks.map(({ problem }) => problem)).toEqual(['key_unknown', 'key_unknown']);
  });
});

describe('after the state was lost', () => {
  test('files of before are not called broken, and not called yours', async () => {
    const bench = await createTrailBench();
    await run(bench);
    const [old = ''] = await bench.files();
    const next = createMemoryState();
    await run(bench, next, 4711);
    const report = await verifyAudit(bench.directory, await known(next, bench.clock.nowMs));
    expect(report.breaks).toEqual([]);
    expect(report.notes.join()).toMatch(new RegExp(`${old} was signed by .* before this state had a key`));
    // The new run has noted where they end: from now on a change of them shows.
    const lines = await verifyAudit(bench.directory);
    expect(lines.chains.flatMap(({ successions }) => successions)).toHaveLength(1);
    // Whoever noted the key of before has nothing to wonder about.
    const noted = await verifyAudit(bench.directory, {
      ...(await known(next, bench.clock.nowMs)),
      publicKeys: lines.keyIds.map((kid) => ({ kid })),
    });
    expect(noted.notes).toEqual([]);
  });

  test('files that another key signs from then on are', async () => {
    const bench = await createTrailBench();
    await run(bench);
    await run(bench, createMemoryState(), 4711);
    const { breaks } = await verifyAudit(bench.directory, await known(bench.state, bench.clock.nowMs));
    expect(breaks.map(({ problem }) => problem)).toEqual(['key_unknown']);
  });
});

describe('a folder and a state that were rolled back together', () => {
  test('show where a head was noted, and nowhere else', async () => {
    const bench = await createTrailBench();
    await run(bench);
    const earlier = await mkdtemp(join(tmpdir(), 'postern-rolled-back-'));
    await cp(bench.directory, earlier, { recursive: true });
    const stateThen = await known(bench.state, bench.clock.nowMs);
    await run(bench);
    const { chains } = await verifyAudit(bench.directory);
    const printed = chains.map(({ chain, lastSequence: sequence, lastRecordedAtMs: atMs, lastHash: hash }) =>
      printHead({ chain, sequence, atMs, hash }),
    );
    const givenHeads = printed.map(readPrintedHead).filter((head) => head !== undefined);
    expect(givenHeads).toHaveLength(2);
    expect((await verifyAudit(earlier, stateThen)).isIntact).toBe(true);
    expect((await verifyAudit(earlier, { ...stateThen, givenHeads })).breaks).toEqual([
      expect.objectContaining({ problem: 'file_missing', detail: expect.stringContaining('head that was given') }),
    ]);
    expect((await verifyAudit(bench.directory, { givenHeads })).isIntact).toBe(true);
    const [last] = givenHeads.slice(-1);
    const other = givenHeads.map((head) => (head === last ? { ...head, hash: '0'.repeat(64) } : head));
    expect((await verifyAudit(bench.directory, { givenHeads: other })).breaks[0]).toMatchObject({
      problem: 'rewritten',
    });
  });
});
