import { describe, expect, test } from '@jest/globals';
import { type Channel, createChannel, type Port } from '../../../../src/compose/workers/channel.ts';

type Sums = { readonly sum: { readonly ask: readonly number[]; readonly answer: number } };
type Nothing = Record<never, never>;

function pair() {
  const listeners: [((message: unknown) => void)[], ((message: unknown) => void)[]] = [[], []];
  const closes: (() => void)[] = [];
  const port = (own: 0 | 1): Port => ({
    send: (message) => queueMicrotask(() => listeners[own === 0 ? 1 : 0].forEach((listener) => void listener(message))),
    onMessage: (listener) => void listeners[own].push(listener),
    onClose: (listener) => void closes.push(listener),
  });
  const asking: Channel<Sums, Nothing> = createChannel(port(0));
  const answering: Channel<Nothing, Sums> = createChannel(port(1));
  return { asking, answering, close: () => closes.forEach((listener) => void listener()), say: listeners };
}

describe('a channel between two processes', () => {
  test('answers each question with its own answer', async () => {
    const { asking, answering } = pair();
    answering.answer('sum', async (numbers) => numbers.reduce((total, number) => total + number, 0));
    const replies = await Promise.all([asking.ask('sum', [1, 2], 1_000), asking.ask('sum', [40, 2], 1_000)]);
    expect(replies).toEqual([
      { outcome: 'answered', body: 3 },
      { outcome: 'answered', body: 42 },
    ]);
  });

  test('tells what went wrong as a sentence, silence as silence, and an end as an end', async () => {
    const { asking, answering, close } = pair();
    expect(await asking.ask('sum', [], 1_000)).toEqual({ outcome: 'failed', message: 'Nobody answers to "sum".' });
    answering.answer('sum', () => {
      throw new Error('No sums today.');
    });
    expect(await asking.ask('sum', [], 1_000)).toEqual({ outcome: 'failed', message: 'No sums today.' });
    answering.answer('sum', () => new Promise(() => undefined));
    expect(await asking.ask('sum', [], 5)).toEqual({ outcome: 'silent' });
    const waiting = asking.ask('sum', [], 60_000);
    close();
    expect(await waiting).toEqual({ outcome: 'gone' });
    expect(await asking.ask('sum', [], 1_000)).toEqual({ outcome: 'gone' });
  });

  test('takes no notice of messages that are not its own', () => {
    const { say } = pair();
    const [listener] = say[0];
    for (const message of [null, 'x', { cmd: 'NODE_CLUSTER' }]) expect(() => listener?.(message)).not.toThrow();
  });
});
