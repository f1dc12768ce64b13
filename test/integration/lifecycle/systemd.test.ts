import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildProgram, type ProgramProcess, startProcess } from '../../support/program-process.ts';
import { startWorld } from '../../support/world.ts';

const units = fileURLToPath(new URL('../../../deploy/systemd/', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-systemd-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** systemd-analyze of this machine, or the one that was unpacked for the tests. `undefined`: there is none here. */
function analyze(args: readonly string[]) {
  const root = process.env['POSTERN_SYSTEMD'];
  const folders = root === undefined ? '' : `${root}/usr/bin:${root}/bin:`;
  const run = spawnSync('systemd-analyze', [...args], {
    encoding: 'utf8',
    env: {
      PATH: `${folders}${process.env['PATH']}`,
      ...(root === undefined
        ? {}
        : { SYSTEMD_UNIT_PATH: `${folder}:${root}/usr/lib/systemd/system:${root}/lib/systemd/system` }),
    },
  });
  if (run.error === undefined) return run;
  if (process.env['CI'] === 'true') throw new Error('systemd-analyze is not installed: apt-get install systemd.');
  process.stderr.write('skipped: systemd-analyze is not installed (apt-get install systemd)\n');
  return undefined;
}

describe('the units for systemd', () => {
  beforeEach(() => {
    const service = readFileSync(join(units, 'postern.service'), 'utf8');
    // The check wants to find the program.
    writeFileSync(join(folder, 'postern.service'), service.replaceAll('/usr/bin/postern', process.execPath));
    copyFileSync(join(units, 'postern.socket'), join(folder, 'postern.socket'));
  });

  test('have no line that systemd does not know or would pass over', () => {
    const run = analyze([
      'verify',
      '--man=no',
      '--recursive-errors=no',
      join(folder, 'postern.service'),
      join(folder, 'postern.socket'),
    ]);
    if (run !== undefined) expect([run.status, run.stderr]).toEqual([0, '']);
  });

  test('leave the program little to do harm with', () => {
    const run = analyze(['security', '--offline=true', '--threshold=20', join(folder, 'postern.service')]);
    if (run !== undefined) expect([run.status, run.stderr]).toEqual([0, '']);
  });
});

describe('a service manager that asks', () => {
  test('is told when the program serves, that it lives, and when it stops', async () => {
    await buildProgram();
    const words = join(folder, 'notify');
    expect(spawnSync('mkfifo', [words]).status).toBe(0);
    writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\necho "$*" >> "$NOTIFY_SOCKET"\n');
    chmodSync(join(folder, 'systemd-notify'), 0o755);
    // As a socket: a file stream's read would hold a thread until somebody writes.
    const input = new Socket({ fd: openSync(words, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
    const lines = createInterface({ input });
    const heard: string[] = [];
    lines.on('line', (line) => void heard.push(line));
    const until = async (word: string) => {
      while (!heard.some((line) => line.includes(word))) await once(lines, 'line');
    };
    const programs: ProgramProcess[] = [];
    const world = await startWorld({
      async startOutside({ file, env, folder: cwd }) {
        const asked = {
          NOTIFY_SOCKET: words,
          WATCHDOG_USEC: '400000',
          PATH: `${folder}:${process.env['PATH']}`,
        };
        const program = startProcess(['run', '-c', file], { ...env, ...asked }, cwd);
        programs.push(program);
        const { tls_port, admin_port } = await program.line('Postern is serving.');
        return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
      },
    });
    try {
      await until('READY=1');
      await until('WATCHDOG=1');
      expect(heard[0]).toContain('READY=1');
      programs[0]?.child.kill('SIGTERM');
      await until('STOPPING=1');
      expect(await programs[0]?.exited).toBe(0);
      expect(programs[0]?.stdout()).not.toContain('systemd could not be told');
    } finally {
      lines.close();
      input.destroy();
      programs[0]?.child.kill('SIGKILL');
      await world.close();
    }
  }, 120_000);

  test('that cannot be told is no reason not to serve; the log says what to do', async () => {
    await buildProgram();
    const programs: ProgramProcess[] = [];
    const world = await startWorld({
      async startOutside({ file, env, folder: cwd }) {
        const program = startProcess(['run', '-c', file], { ...env, NOTIFY_SOCKET: '/nowhere/at/all' }, cwd);
        programs.push(program);
        const { tls_port, admin_port } = await program.line('Postern is serving.');
        return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
      },
    });
    try {
      expect(await programs[0]?.line('systemd could not be told')).toMatchObject({ level: 40 });
      expect((await world.admin('/livez')).status).toBe(200);
    } finally {
      programs[0]?.child.kill('SIGKILL');
      await world.close();
    }
  }, 120_000);
});
