import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { type Fence, throughFence } from '../../../src/upstream/through-fence.ts';

const unguarded = (callback: (chunk: Buffer) => unknown) => (chunk: Buffer) => void callback(chunk);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('hands bytes on in order, and holds back what comes while the fence is down', async () => {
  const source = new PassThrough();
  const heard: string[] = [];
  let down: PromiseWithResolvers<void> | undefined;
  const fence: Fence = () => down?.promise;
  const fenced = throughFence(source, fence, unguarded, (chunk) => heard.push(String(chunk)) > 0);
  source.write('one');
  await turn();
  down = Promise.withResolvers<void>();
  source.write('two');
  await turn();
  source.write('three');
  // Whoever has room again must not overtake what is held.
  fenced.resume();
  await turn();
  expect(heard).toEqual(['one']);
  const { resolve } = down;
  down = undefined;
  resolve();
  await turn();
  await turn();
  expect(heard).toEqual(['one', 'two', 'three']);
});

test('pauses for a taker that is full, also behind the fence', async () => {
  const source = new PassThrough();
  const heard: string[] = [];
  const down = Promise.withResolvers<void>();
  let waits: Promise<void> | undefined = down.promise;
  const fenced = throughFence(
    source,
    () => waits,
    unguarded,
    (chunk) => {
      heard.push(String(chunk));
      return false;
    },
  );
  source.write('one');
  await turn();
  source.write('two');
  waits = undefined;
  down.resolve();
  await turn();
  await turn();
  expect(heard).toEqual(['one']);
  fenced.resume();
  await turn();
  expect(heard).toEqual(['one', 'two']);
});
