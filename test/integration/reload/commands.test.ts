import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runProgram } from '../../../src/cli/program.ts';
import { readBoundedFile } from '../../../src/config/source/read-bounded-file.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(async () => {
  writeFileSync(world.file, world.text);
  await world.program.reload({ trigger: 'signal' });
});
afterAll(() => world?.close());

async function postern(args: readonly string[], confirm?: (question: string) => Promise<boolean>) {
  let [stdout, stderr] = ['', ''];
  const code = await runProgram([...args, '-c', world.file, '--admin', world.adminUrl('').replace(/\/$/, '')], {
    commands: {
      run: async () => 0,
      verifyAudit: async () => ({ isIntact: true, breaks: [], files: 0, events: 0, notes: [] }),
    },
    ports: { readFile: readBoundedFile, env: { ADMIN_TOKEN: world.adminToken }, now: Date.now },
    output: {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      color: false,
    },
    confirm,
    version: 'test',
    nodeVersion: process.version,
  });
  return { code, stdout, stderr };
}

const runningHash = () => world.program.snapshot().hash;
const change = () => writeFileSync(world.file, world.text.replace('title: Wiki', 'title: Our wiki'));

describe('postern reload', () => {
  test('asks, applies what it showed, and says how to undo it', async () => {
    const was = runningHash();
    change();
    const questions: string[] = [];
    const { code, stdout } = await postern(['reload'], async (question) => questions.push(question) > 0);
    expect([code, questions]).toEqual([0, ['Apply? [y/N] ']]);
    expect(stdout).toContain(`running  ${runningHash().slice(0, 12)} (was ${was.slice(0, 12)}) in `);
    expect(stdout).toContain(`Undo: postern reload --to ${was.slice(0, 12)}`);
    expect((await postern(['reload', '--yes', '--to', was.slice(0, 12)])).code).toBe(0);
    expect(runningHash()).toBe(was);
  });

  test('applies nothing when the answer is no, when nobody can be asked, or when it only checks', async () => {
    const was = runningHash();
    change();
    expect((await postern(['reload'], async () => false)).code).toBe(1);
    const unasked = await postern(['reload']);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('postern reload --yes');
    const checked = await postern(['reload', '--check-only', '--format', 'json']);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ outcome: 'checked_only' });
    expect(runningHash()).toBe(was);
  });

  test('does not apply another file than the one that it showed', async () => {
    const was = runningHash();
    change();
    const { code, stderr } = await postern(['reload'], async () => {
      writeFileSync(world.file, world.text.replace('title: Wiki', 'title: Not what was shown'));
      return true;
    });
    expect(code).toBe(1);
    expect(stderr).toContain('it changed after it was looked at');
    expect(runningHash()).toBe(was);
  });

  test('shows the errors of the file, and status fails until it is mended', async () => {
    writeFileSync(world.file, world.text.replace('auth_host:', 'auth_hots:'));
    const refused = await postern(['reload', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/postern\.yaml:\d+:\d+: error\[P001\]: /);
    await world.program.reload({ trigger: 'signal' });
    const failed = await postern(['status']);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('FAILED');
    writeFileSync(world.file, world.text);
    await world.program.reload({ trigger: 'signal' });
    const mended = await postern(['status']);
    expect(mended.code).toBe(0);
    expect(mended.stdout).toContain(`running  ${runningHash().slice(0, 12)} from `);
  });

  test('begins and ends a shadow', async () => {
    const other = join(world.folder, 'other.yaml');
    writeFileSync(other, world.text.replace('groups: [engineering]', 'groups: [operations]'));
    const begun = await postern(['reload', '--shadow', other]);
    expect([begun.code, begun.stdout]).toEqual([0, expect.stringContaining('without effect')]);
    expect((await postern(['status'])).stdout).toContain('0 newly denied');
    expect((await postern(['reload', '--shadow', 'off'])).stdout).toContain('shadow   off');
  });
});

test('postern routes lists what the server decides by', async () => {
  const { code, stdout } = await postern(['routes']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ROUTE +FROM +TO +RULES +WHERE\n/);
  expect(stdout).toMatch(
    /payroll +https:\/\/payroll\.localhost:\d+\/ +https:\/\/127\.0\.0\.1:\d+ +1 allow, 0 deny +.*postern\.yaml:\d+/,
  );
});
