import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type DemoProcess, startDemoProcess } from '../../support/demo-process.ts';
import { buildProgram } from '../../support/program-process.ts';

beforeAll(buildProgram);

const folderOf = ({ description }: DemoProcess) => dirname(dirname(description.ca));

/** What Postern says of itself. */
async function askStatus({ description }: DemoProcess) {
  const headers = { authorization: `Bearer ${description.admin_token}` };
  const answer = await fetch(`${description.urls.admin}/api/v1/status`, { headers });
  return (await answer.json()) as { readonly file: string; readonly workers: readonly { readonly pid: number }[] };
}

describe('the processes of the demo', () => {
  test('are two: Postern runs by itself with the configuration that the demo made', async () => {
    const demo = await startDemoProcess();
    try {
      const { file, workers } = await askStatus(demo);
      expect(file).toBe(join(folderOf(demo), 'postern.yaml'));
      expect(workers).toHaveLength(1);
      expect(workers[0]?.pid).not.toBe(demo.pid);
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
    const [postern] = (await askStatus(demo)).workers;
    process.kill(postern?.pid ?? Number.NaN, 'SIGKILL');
    expect(await demo.ended).toBe(1);
    expect(demo.stderr()).toContain('Postern ended by itself (SIGKILL), and the demo with it.\n');
    expect(existsSync(folderOf(demo))).toBe(false);
  });
});
