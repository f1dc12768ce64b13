import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { countBuffersAsHeap } from '../../../src/compose/count-buffers-as-heap.ts';

const source = fileURLToPath(new URL('../../../src/compose/count-buffers-as-heap.ts', import.meta.url));

/** How often a process collects its whole heap while 1 GB of buffers come and go, of which 16 MB are held at any time. */
function wholeCollections(first: string): number {
  const script = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    ${first}
    let whole = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) whole += 1;
    });
    observer.observe({ entryTypes: ['gc'] });
    const held = [];
    for (let made = 0; made < 16_384; made += 1) {
      held[made % 256] = Buffer.allocUnsafeSlow(64 * 1024);
      if (made % 64 === 0) await new Promise((resume) => setImmediate(resume));
    }
    await new Promise((resume) => setImmediate(resume));
    process.stdout.write(String(whole));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return Number(stdout);
}

describe('buffers as a part of the heap', () => {
  test('short-lived buffers do not have the whole heap collected again and again', () => {
    const before = wholeCollections('');
    const after = wholeCollections(`(await import(${JSON.stringify(source)})).countBuffersAsHeap();`);
    expect(before).toBeGreaterThan(4);
    expect(after).toBeLessThan(before / 2);
  });

  test('a V8 that may not know the flag is left alone', () => {
    const said: string[] = [];
    countBuffersAsHeap('14.1.146.11-node.9', (flags) => said.push(flags));
    expect(said).toEqual([]);
    countBuffersAsHeap('13.6.233.10-node.28', (flags) => said.push(flags));
    expect(said).toEqual(['--external-memory-accounted-in-global-limit']);
  });
});
