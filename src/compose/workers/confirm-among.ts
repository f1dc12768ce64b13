import type { Confirmation, WrittenChange } from '../../state/confirming-store.ts';
import type { Worker } from './topics.ts';

/** A worker that may know something from before a change. */
export interface Member {
  readonly id: number;
  readonly process: Worker;
}

/**
 * How long a worker is waited for. A busy one is behind the fence by then: what it read of the state may be used for 250 ms,
 * and it looks again before it passes anything on (docs/workers.md).
 */
export const confirmWithinMs = 1_000;

/** Hears of a worker that did not answer in time. */
export type OnSilent = (member: Member, asked: string, became: 'fenced' | 'killed') => void;

/**
 * Asks every member to apply a change and waits for all. One that is busy is fenced and goes on; one that says that it
 * cannot read the state is killed, and counts once its process is gone (security-rules.md 26, 31).
 */
export async function confirmAmong(
  members: readonly Member[],
  written: WrittenChange,
  machineMs: () => number,
  onSilent: OnSilent,
  patienceMs = confirmWithinMs,
): Promise<Confirmation> {
  const outcomes = await Promise.all(
    members.map((member) => applyOn(member, written, machineMs, onSilent, patienceMs)),
  );
  const count = (became: Applied['became']) => outcomes.filter((one) => one.became === became).length;
  return {
    workers: count('applied'),
    fenced: count('fenced'),
    killed: count('killed'),
    streams: outcomes.reduce((sum, { streams }) => sum + streams, 0),
    tookMs: Math.max(0, ...outcomes.map(({ atMs }) => atMs - written.writtenAtMs)),
  };
}

interface Applied {
  readonly became: 'applied' | 'fenced' | 'killed' | 'gone';
  readonly streams: number;
  readonly atMs: number;
}

async function applyOn(
  member: Member,
  written: WrittenChange,
  machineMs: () => number,
  onSilent: OnSilent,
  patienceMs: number,
): Promise<Applied> {
  const { sequence, ended, beganAtMs, inMemory = [] } = written;
  const order = { sequence, ended, beganAtMs, inMemory };
  const reply = await member.process.channel.ask('apply', order, patienceMs);
  if (reply.outcome === 'answered' && reply.body.sequence >= sequence) {
    return { became: 'applied', streams: reply.body.streams, atMs: reply.body.atMs };
  }
  // What stands in memory alone is not to be seen in any file: only an answer says that it was taken over.
  if (reply.outcome === 'silent' && inMemory.length === 0) {
    onSilent(member, 'apply', 'fenced');
    return { became: 'fenced', streams: 0, atMs: machineMs() };
  }
  const became = reply.outcome === 'gone' ? 'gone' : 'killed';
  if (became === 'killed') {
    onSilent(member, 'apply', 'killed');
    member.process.kill();
  }
  await member.process.exited;
  return { became, streams: 0, atMs: machineMs() };
}
