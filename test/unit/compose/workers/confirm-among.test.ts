import { describe, expect, test } from '@jest/globals';
import { createWorkerActivation } from '../../../../src/compose/workers/activate-in-workers.ts';
import type { Reply } from '../../../../src/compose/workers/channel.ts';
import { confirmAmong, type Member } from '../../../../src/compose/workers/confirm-among.ts';
import type { Worker } from '../../../../src/compose/workers/topics.ts';
import type { ConfigurationParcel } from '../../../../src/config/reload/configuration-parcel.ts';
import type { Snapshot } from '../../../../src/config/snapshot.ts';

const written = { sequence: 7, writtenAtMs: 100, beganAtMs: 90, ended: ['ses_1'] };

/** A worker that answers everything with one reply. */
function member(id: number, reply: Reply<unknown>, asked: { topic: string; patienceMs: number }[] = []) {
  const end = Promise.withResolvers<string>();
  const process = {
    pid: id,
    exited: end.promise,
    kill: () => end.resolve('SIGKILL'),
    channel: {
      async ask(topic: string, _body: unknown, patienceMs: number) {
        asked.push({ topic, patienceMs });
        if (reply.outcome === 'gone') end.resolve('exit code 1');
        return reply;
      },
      answer: () => undefined,
    },
  } as unknown as Worker;
  return { id, process } satisfies Member;
}

const applied = (sequence: number): Reply<unknown> => ({
  outcome: 'answered',
  body: { sequence, atMs: 103, streams: 2 },
});

describe('a revocation among workers', () => {
  test('counts who applied it, fences who is busy, kills who cannot read the state, and waits for nobody who is gone', async () => {
    const told: unknown[] = [];
    const confirmation = await confirmAmong(
      [
        member(1, applied(7)),
        member(2, applied(9)),
        member(3, { outcome: 'silent' }),
        member(4, { outcome: 'failed', message: 'The state file did not answer.' }),
        member(5, { outcome: 'gone' }),
      ],
      written,
      () => 104,
      ({ id }, asked, became) => told.push([id, asked, became]),
    );
    expect(confirmation).toEqual({ workers: 2, fenced: 1, killed: 1, streams: 4, tookMs: 4 });
    expect(told).toEqual([
      [3, 'apply', 'fenced'],
      [4, 'apply', 'killed'],
    ]);
  });

  test('is not confirmed by one that applied less than was written', async () => {
    const confirmation = await confirmAmong(
      [member(1, applied(6))],
      written,
      () => 104,
      () => undefined,
    );
    expect(confirmation).toMatchObject({ workers: 0, killed: 1 });
  });
});

test('a reload kills a worker only after a silence that no work explains', async () => {
  const asked: { topic: string; patienceMs: number }[] = [];
  const told: unknown[] = [];
  const activation = createWorkerActivation({
    members: () => [member(1, { outcome: 'silent' }, asked)],
    parcelOf: () => ({ hash: 'h' }) as ConfigurationParcel,
    ticketSecret: () => new Uint8Array(),
    onSilent: ({ id }, what, became) => told.push([id, what, became]),
  });
  const snapshot = {} as Snapshot;
  expect(await activation.check.run(snapshot, snapshot, { trigger: 'admin' })).toEqual({
    outcome: 'passed',
    lines: [],
  });
  expect(await activation.adoptAll({ hash: 'h' } as ConfigurationParcel)).toEqual({ workers: 0, killed: 1 });
  const waits = asked
    .filter(({ topic }) => topic === 'ping' || topic === 'activate')
    .map(({ patienceMs }) => patienceMs);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(10_000);
  expect(told).toEqual([
    [1, 'prepare', 'killed'],
    [1, 'activate', 'killed'],
  ]);
});
