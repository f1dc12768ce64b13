import { expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import { createFence } from '../../../src/streams/create-fence.ts';

const away = () => {
  throw new Fault('state_unavailable', 'The state does not answer.');
};
const settled = async () => undefined;

test('lets bytes go on where nothing was missed', () => {
  const fence = createFence({ store: { fence: () => false, catchUp: () => 1 }, streamWatch: { settled } });
  expect(fence()).toBeUndefined();
});

test('holds the bytes of all streams until what was missed is settled, and then no longer', async () => {
  const settling = Promise.withResolvers<void>();
  const news = [true, false];
  const fence = createFence({
    store: { fence: () => news.shift() ?? false, catchUp: () => 1 },
    streamWatch: { settled: () => settling.promise },
  });
  const first = fence();
  expect(first).toBeInstanceOf(Promise);
  // Another stream's bytes, within the lease that the first look has renewed.
  expect(fence()).toBe(first);
  settling.resolve();
  await first;
  expect(fence()).toBeUndefined();
});

test('holds bytes while the state cannot be read: what was revoked cannot be known', async () => {
  let looks = 0;
  const fence = createFence({
    store: {
      fence: away,
      catchUp: () => {
        looks += 1;
        return looks < 3 ? away() : 1;
      },
    },
    streamWatch: { settled },
  });
  await fence();
  expect(looks).toBe(3);
});
