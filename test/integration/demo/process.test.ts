import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type DemoProcess, startDemoProcess } from '../../support/demo-process.ts';
import { buildProgram } from '../../support/program-process.ts';

beforeAll(buildProgram);

const folderOf = ({ description }: DemoProcess) => dirname(dirname(description.ca));

interface Child {
  readonly pid: number;
  readonly command: string;
}

function childrenOf(pid: number | undefined): readonly Child[] {
  const listed = execFileSync('ps', ['-e', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => {
    const [, parent, child, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === pid ? [{ pid: Number(child), command }] : [];
  });
}

describe('the processes of the demo', () => {
  test('are two: Postern runs by itself with the configuration that the demo made', async () => {
    const demo = await startDemoProcess();
    try {
      const [postern, ...others] = childrenOf(demo.pid);
      expect(others).toEqual([]);
      expect(postern?.command).toContain(`run -c ${folderOf(demo)}/postern.yaml`);
      expect(demo.stderr()).not.toContain('postern.yaml:');
    } finally {
      await demo.stop();
    }
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('end together at %s, in order', async (signal) => {
    const demo = await startDemoProcess();
    demo.signal(signal);
    expect(await demo.ended).toBe(0);
    expect(existsSync(folderOf(demo))).toBe(false);
  });

  test('end together when the demo is killed', async () => {
    const demo = await startDemoProcess();
    demo.signal('SIGKILL');
    // Its output is closed once Postern, which holds it too, has ended.
    expect(await demo.ended).toBeNull();
    expect(existsSync(folderOf(demo))).toBe(false);
  });

  test('end together when Postern dies, which is told', async () => {
    const demo = await startDemoProcess();
    const [postern] = childrenOf(demo.pid);
    process.kill(postern?.pid ?? 0, 'SIGKILL');
    expect(await demo.ended).toBe(1);
    expect(demo.stderr()).toContain('Postern ended by itself (SIGKILL), and the demo with it.\n');
    expect(existsSync(folderOf(demo))).toBe(false);
  });
});
