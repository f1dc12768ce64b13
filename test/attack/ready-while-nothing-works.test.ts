import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world?.close());

interface Ready {
  readonly status: number;
  readonly checks: Readonly<Record<string, string>>;
  readonly failures?: readonly { readonly check: string; readonly reason: string; readonly since: string }[];
}

async function ready(query = ''): Promise<Ready> {
  const answer = await world.admin(`/readyz${query}`);
  return { ...JSON.parse(answer.body), status: answer.status };
}

/** An answer is good for a second. */
async function readyOnce(status: number): Promise<Ready> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ready();
    if (answer.status === status) return answer;
    if (Date.now() > end) throw new Error(`/readyz stays ${answer.status}: ${JSON.stringify(answer)}`);
    await delay(50);
  }
}

/** The state file, with everything in it that stood in the log beside it. */
function wholeState(): string {
  const path = join(world.folder, 'state.db');
  const other = new DatabaseSync(path, { timeout: 10_000 });
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  other.close();
  return path;
}

describe('a program is not ready', () => {
  test.each([
    ['cut off in the middle', (path: string) => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096)],
    ['cut off whole', (path: string) => truncateSync(path, 0)],
    [
      'written over',
      (path: string) => {
        // Never through a second descriptor of this process: closing it would drop the locks that SQLite holds.
        const { size } = statSync(path);
        const fd = openSync(path, 'r+');
        writeSync(fd, Buffer.alloc(size, 0xaa), 0, size, 0);
        descriptors.push(fd);
      },
    ],
  ])('while its state file is %s', async (_how, damage) => {
    world = await startWorld();
    expect((await ready()).status).toBe(200);
    damage(wholeState());
    const { checks, failures } = await readyOnce(503);
    expect(checks).toMatchObject({ state: 'failed', audit: 'ok' });
    expect(failures).toEqual([
      { check: 'state', reason: expect.stringMatching(/^(damaged|unavailable)$/), since: expect.any(String) },
    ]);
  });

  test('while its audit folder is away, whatever on_failure says; it is again once it is back', async () => {
    world = await startWorld({ auditOnFailure: 'allow' });
    const folder = join(world.folder, 'audit');
    renameSync(folder, `${folder}-away`);
    const { checks, failures } = await readyOnce(503);
    expect(checks).toMatchObject({ state: 'ok', audit: 'failed' });
    expect(failures).toEqual([{ check: 'audit', reason: 'missing', since: expect.any(String) }]);
    const [first] = failures ?? [];
    await delay(1_100);
    expect((await ready()).failures?.[0]?.since).toBe(first?.since);
    expect((await ready('?exclude=audit')).status).toBe(200);
    const plain = await fetch(world.adminUrl('/readyz'), { headers: { accept: 'text/plain' } });
    expect([plain.status, await plain.text()]).toEqual([503, `not ready: audit missing since ${first?.since}\n`]);
    mkdirSync(folder);
    await readyOnce(200);
    rmSync(`${folder}-away`, { recursive: true });
  });
});

const descriptors: number[] = [];
afterEach(() => {
  for (const fd of descriptors.splice(0)) closeSync(fd);
});
