import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { ListenAddress } from '../../../src/config/snapshot.ts';
import { watchAccepting } from '../../../src/server/watch-accepting.ts';

const address = { host: '127.0.0.1', port: 4433 };

function stage(dial: (address: ListenAddress) => Promise<string | undefined>, isServed: () => boolean = () => true) {
  const stalled: string[] = [];
  let work: () => void = () => undefined;
  let isStopped = false;
  const watch = watchAccepting({
    addresses: () => (isServed() ? [address] : []),
    onStalled: ({ port }, why) => stalled.push(`${port} ${why}`),
    dial,
    everyRound(next) {
      work = next;
      return () => {
        isStopped = true;
      };
    },
  });
  return {
    watch,
    stalled,
    isStopped: () => isStopped,
    async rounds(count: number) {
      for (let round = 0; round < count; round += 1) {
        work();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

describe('a listener that takes no connection', () => {
  test('is told once, after six rounds in a row', async () => {
    const { stalled, rounds, isStopped } = stage(() => Promise.resolve('EMFILE'));
    await rounds(5);
    expect(stalled).toEqual([]);
    await rounds(5);
    expect(stalled).toEqual(['4433 EMFILE']);
    expect(isStopped()).toBe(true);
  });

  test('for less than that is none', async () => {
    let isSilent = true;
    const { stalled, rounds } = stage(() => Promise.resolve(isSilent ? 'it was silent' : undefined));
    for (let time = 0; time < 3; time += 1) {
      isSilent = true;
      await rounds(5);
      isSilent = false;
      await rounds(1);
    }
    expect(stalled).toEqual([]);
  });

  test('is none while nobody is there to take it, and begins anew when somebody is', async () => {
    let isServed = true;
    const { stalled, rounds } = stage(
      () => Promise.resolve('it was silent'),
      () => isServed,
    );
    await rounds(5);
    isServed = false;
    await rounds(10);
    isServed = true;
    await rounds(5);
    expect(stalled).toEqual([]);
    await rounds(1);
    expect(stalled).toEqual(['4433 it was silent']);
  });

  test('is not told once the program ends in order', async () => {
    const { stalled, rounds, watch } = stage(() => Promise.resolve('it was silent'));
    await rounds(5);
    watch.stop();
    await rounds(5);
    expect(stalled).toEqual([]);
  });
});

describe('over the network', () => {
  const dialed = (port: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      let runs = 0;
      let work: () => void = () => undefined;
      const watch = watchAccepting({
        addresses: () => {
          runs += 1;
          if (runs === 7) {
            watch.stop();
            resolve(undefined);
          }
          return runs < 7 ? [{ host: '0.0.0.0', port }] : [];
        },
        onStalled: (_address, why) => resolve(why),
        everyRound(next) {
          work = next;
          const timer = setInterval(() => work(), 5);
          return () => clearInterval(timer);
        },
      });
    });

  test('whoever answers or closes is there; nobody at the port is not', async () => {
    const server = createServer((socket) => socket.resume().end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await dialed(port)).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
    expect(await dialed(port)).toBe('ECONNREFUSED');
  });
});
