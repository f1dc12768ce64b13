import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { createTrailBench } from '../support/record-trail.ts';

const child = join(import.meta.dirname, '../support/record-killed-child.ts');

/** Lets a child record into a folder, kills it without warning, and answers what it said. */
async function recordUntilKilled(directory: string, wantedDurable: number) {
  const running = spawn(process.execPath, [child, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const isEnough = Promise.withResolvers<void>();
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\nd ').length > wantedDurable) isEnough.resolve();
  });
  await isEnough.promise;
  running.kill('SIGKILL');
  await once(running, 'close');
  const lines = said
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '));
  return lines.map(([kind = '', atMs = '', id = '']) => ({ kind, atMs: Number(atMs), id }));
}

describe('a process that is killed without warning', () => {
  test('loses no security event that it acknowledged, and no plain allow from before one; the next run records the gap', async () => {
    const bench = await createTrailBench();
    const said = await recordUntilKilled(bench.directory, 5);
    const names = await readdir(bench.directory);
    const text = (await Promise.all(names.map((name) => readFile(join(bench.directory, name), 'utf8')))).join('');
    const acknowledged = said.findLast(({ kind }) => kind === 'd')?.id;
    const before = said.findIndex(({ kind, id }) => kind === 'b' && id === acknowledged);
    const lost = said.filter(({ kind, id }) => kind !== 'b' && !text.includes(id));
    expect(said.filter(({ kind }) => kind === 'd').length).toBeGreaterThanOrEqual(5);
    expect(said.filter(({ kind }) => kind === 'p').length).toBeGreaterThan(100);
    expect(lost.filter(({ kind }) => kind === 'd')).toEqual([]);
    // Lines stand in the order in which they were handed over. How long one waits for the disk is the queue's own test.
    expect(before).toBeGreaterThan(0);
    expect(said.slice(0, before).filter(({ kind, id }) => kind === 'p' && !text.includes(id))).toEqual([]);

    // The child's state died with it: without a head, a run counts as over after half a minute.
    bench.clock.nowMs = Date.now() + 31_000;
    const next = await bench.open();
    await next.close();
    const lines = await bench.lines();
    expect(lines.filter((line) => 'succession' in line)).toMatchObject([{ succession: { is_clean: false } }]);
    expect(lines).toContainEqual(expect.objectContaining({ event: expect.objectContaining({ type: 'gap' }) }));
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
  });

  test('and another in the same folder never mix their lines', async () => {
    const bench = await createTrailBench();
    const both = await Promise.all([recordUntilKilled(bench.directory, 3), recordUntilKilled(bench.directory, 3)]);
    expect(both.flat().length).toBeGreaterThan(100);
    const report = await verifyAudit(bench.directory);
    expect(report.chains).toHaveLength(2);
    expect(report.breaks).toEqual([]);
  });
});
