import { appendFile, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readAuditHeads } from '../../../src/audit/audit-head.ts';
import { verifyAudit } from '../../../src/audit/verify-audit.ts';
import { createBreakableDisk } from '../../support/breakable-disk.ts';
import { makeAllow, makeSignIn } from '../../support/record-events.ts';
import { createTrailBench, hourMs } from '../../support/record-trail.ts';

const eventsOf = (lines: readonly Record<string, unknown>[]) =>
  lines.flatMap((line) =>
    'event' in line ? [line['event'] as { type: string; decision_id: string; detail: object }] : [],
  );

describe('the audit trail', () => {
  test('has a security event on disk before it says so, and what was recorded before it', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    trail.record(makeAllow(bench.clock.nowMs));
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    expect(eventsOf(await bench.lines()).map((event) => event.type)).toEqual(['decision', 'sign_in']);
    expect(trail.oldestUnwrittenAgeMs()).toBe(0);
    await trail.close();
  });

  test('writes plain allows by itself, without being asked', async () => {
    const bench = await createTrailBench();
    const done = Promise.withResolvers<void>();
    const trail = await bench.open({ metrics: { auditEvent: () => done.resolve() } });
    trail.record(makeAllow(bench.clock.nowMs));
    await done.promise;
    expect(eventsOf(await bench.lines())).toHaveLength(1);
    await trail.close();
  });

  test('keeps thousands of events in order, in one chain that verifies, and signs on the way', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    const made = Array.from({ length: 9_000 }, () => makeAllow(bench.clock.nowMs));
    for (const event of made) trail.record(event);
    await trail.flush();
    await trail.close();
    expect(eventsOf(await bench.lines()).map((event) => event.decision_id)).toEqual(
      made.map((event) => event.decisionId),
    );
    const report = await verifyAudit(bench.directory, {
      publicKeys: [trail.publicKey],
      heads: await readAuditHeads(bench.state),
    });
    expect(report).toMatchObject({ isIntact: true, events: 9_000, keyIds: [trail.publicKey.kid] });
    expect((await bench.lines()).filter((line) => 'checkpoint' in line).length).toBeGreaterThanOrEqual(3);
  });

  test('finds an event by its id: queued, just written, after rotation, and never one that is not there', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open({}, { rotateBytes: 20_000 });
    const made = [];
    for (let round = 0; round < 20; round += 1) {
      const event = makeAllow(bench.clock.nowMs);
      made.push(event);
      await trail.recordDurably(event);
      bench.clock.nowMs += 1_000;
    }
    expect((await bench.files()).length).toBeGreaterThan(1);
    const queued = makeAllow(bench.clock.nowMs);
    trail.record(queued);
    for (const event of [...made, queued]) {
      const found = await trail.find(event.decisionId);
      expect(found?.event['decision_id']).toBe(event.decisionId);
      expect(found?.sequence).toBeGreaterThan(0);
    }
    expect(await trail.find(makeAllow(bench.clock.nowMs).decisionId)).toBeUndefined();
    await trail.close();
    const next = await bench.open();
    expect((await next.find(made[3]?.decisionId ?? queued.decisionId))?.event['decision_id']).toBe(made[3]?.decisionId);
    await next.close();
  });

  test('goes on in a new file when one is full; the files form one chain', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open({}, { rotateBytes: 5_000 });
    for (let round = 0; round < 12; round += 1) {
      await trail.recordDurably(makeAllow(bench.clock.nowMs));
      bench.clock.nowMs += 10;
    }
    await trail.close();
    const report = await verifyAudit(bench.directory, {
      publicKeys: [trail.publicKey],
      heads: await readAuditHeads(bench.state),
    });
    expect(report.breaks).toEqual([]);
    expect(report.chains).toHaveLength(1);
    expect(report.files).toBeGreaterThan(2);
  });

  test('removes what is older than it must be kept, says so, and still verifies', async () => {
    const bench = await createTrailBench();
    const first = await bench.open({}, { rotateBytes: 3_000 });
    for (let round = 0; round < 8; round += 1) await first.recordDurably(makeAllow(bench.clock.nowMs));
    await first.close();
    const before = await bench.files();
    bench.clock.nowMs += 25 * hourMs;
    const second = await bench.open();
    await second.recordDurably(makeAllow(bench.clock.nowMs));
    const after = await bench.files();
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    await second.close();
    const report = await verifyAudit(bench.directory, {
      publicKeys: [second.publicKey],
      heads: await readAuditHeads(bench.state),
    });
    expect(report.breaks).toEqual([]);
  });

  test('keeps the files of its own chain that are young enough when older ones go', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open({}, { rotateBytes: 3_000 });
    for (let round = 0; round < 40; round += 1) {
      await trail.recordDurably(makeAllow(bench.clock.nowMs));
      bench.clock.nowMs += hourMs;
    }
    await trail.close();
    const report = await verifyAudit(bench.directory, {
      publicKeys: [trail.publicKey],
      heads: await readAuditHeads(bench.state),
    });
    expect(report.breaks).toEqual([]);
    expect(report.chains[0]?.firstSequence).toBeGreaterThan(1);
  });

  test('after a crash records the gap, with the torn line, and the whole verifies', async () => {
    const bench = await createTrailBench();
    const first = await bench.open({ pid: 4_000_000 });
    await first.recordDurably(makeSignIn(bench.clock.nowMs));
    const [file] = await bench.files();
    await appendFile(join(bench.directory, file ?? ''), '{"hash":"abc');
    expect((await verifyAudit(bench.directory)).breaks[0]).toMatchObject({ file, problem: 'torn_line' });
    const second = await bench.open();
    const own = (await bench.files()).find((name) => name !== file) ?? '';
    const lines = (await readFile(join(bench.directory, own), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[1].succession).toMatchObject({ file, is_clean: false, sequence: 3, torn: { bytes: 12 } });
    expect(lines[2].event).toMatchObject({
      type: 'gap',
      detail: { cause: 'crash', file, last_sequence: 3, torn_bytes: 12 },
    });
    await second.close();
    const report = await verifyAudit(bench.directory, { heads: await readAuditHeads(bench.state) });
    expect(report.breaks).toEqual([]);
    const third = await bench.open();
    await third.close();
    expect((await bench.files()).length).toBe(3);
    expect((await verifyAudit(bench.directory)).events).toBe(2);
  });

  test('of two trails in one folder each has files of its own, and both verify', async () => {
    const bench = await createTrailBench();
    const one = await bench.open();
    const other = await bench.open({ pid: process.ppid });
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 ? one : other).recordDurably(makeSignIn(bench.clock.nowMs))),
    );
    await one.close();
    await other.close();
    expect(await bench.files()).toHaveLength(2);
    const report = await verifyAudit(bench.directory, {
      publicKeys: [one.publicKey],
      heads: await readAuditHeads(bench.state),
    });
    expect(report).toMatchObject({ isIntact: true, events: 200 });
    expect(one.publicKey).toEqual(other.publicKey);
  });

  test('goes on in a new file when somebody moves its file away, and the missing file shows', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    const [file = ''] = await bench.files();
    await rename(join(bench.directory, file), join(bench.directory, 'old.log'));
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    await trail.close();
    expect((await verifyAudit(bench.directory)).breaks[0]?.problem).toBe('file_missing');
  });

  test('is readable by its owner alone', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    const [file = ''] = await bench.files();
    expect((await stat(join(bench.directory, file))).mode & 0o777).toBe(0o600);
    await trail.close();
  });

  test('refuses to start where it cannot write', async () => {
    const bench = await createTrailBench();
    const occupied = join(bench.directory, 'occupied');
    await writeFile(occupied, '');
    await expect(bench.open({}, { path: join(occupied, 'audit') })).rejects.toMatchObject({
      code: 'audit_unavailable',
    });
  });
});

describe('a disk that refuses', () => {
  test('stops the traffic where on_failure is deny, and lets it go on once the disk is back, with nothing lost', async () => {
    const bench = await createTrailBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create }, { onFailure: 'deny' });
    expect(trail.acceptsEvents()).toBe(true);
    disk.error = 'ENOSPC';
    const first = makeSignIn(bench.clock.nowMs);
    await expect(trail.recordDurably(first)).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(trail.acceptsEvents()).toBe(false);
    expect(bench.counts.retried).toBeGreaterThan(0);
    disk.error = undefined;
    await trail.flush();
    expect(trail.acceptsEvents()).toBe(true);
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    await trail.close();
    expect(eventsOf(await bench.lines()).map((event) => event.decision_id)).toContain(first.decisionId);
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
    expect(bench.counts.dropped).toBe(0);
  });

  test('stops nothing where on_failure is allow, and is counted', async () => {
    const bench = await createTrailBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create });
    disk.error = 'EACCES';
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    expect(trail.acceptsEvents()).toBe(true);
    expect(bench.counts).toMatchObject({ delivered: 0, dropped: 0 });
    expect(bench.counts.retried).toBeGreaterThan(0);
    expect(bench.problems).toHaveLength(1);
    bench.clock.nowMs += 400_000;
    expect(trail.oldestUnwrittenAgeMs()).toBeGreaterThanOrEqual(400_000);
    disk.error = undefined;
    await trail.close();
    expect(bench.counts.delivered).toBe(1);
  });

  test('fills the memory no further than allowed; what is dropped is counted and recorded as a gap', async () => {
    const bench = await createTrailBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create, maxQueued: 10 });
    disk.error = 'ENOSPC';
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    for (let index = 0; index < 25; index += 1) trail.record(makeAllow(bench.clock.nowMs));
    expect(bench.counts.dropped).toBe(16);
    disk.error = undefined;
    await trail.close();
    expect(eventsOf(await bench.lines()).at(-1)).toMatchObject({
      type: 'gap',
      detail: { cause: 'queue_full', dropped: 16 },
    });
  });

  test('that cannot even cut off a half line is left for a new file, and the whole verifies', async () => {
    const bench = await createTrailBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create });
    disk.error = 'EIO';
    disk.isTruncateBroken = true;
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    disk.error = undefined;
    await trail.flush();
    await trail.close();
    expect((await bench.files()).length).toBe(2);
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
  });

  test('that fails to sync is not believed afterwards: the events are written again elsewhere', async () => {
    const bench = await createTrailBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create }, { onFailure: 'deny' });
    disk.isSyncBroken = true;
    await expect(trail.recordDurably(makeSignIn(bench.clock.nowMs))).rejects.toMatchObject({
      code: 'audit_unavailable',
    });
    disk.isSyncBroken = false;
    await trail.flush();
    await trail.close();
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
    const last = (await bench.files()).at(-1);
    expect((await verifyAudit(bench.directory)).chains[0]?.lastFile).toBe(last);
  });
});
