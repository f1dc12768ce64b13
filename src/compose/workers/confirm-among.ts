import type { Confirmation, WrittenChange } from '../../state/confirming-store.ts';
import type { Worker } from './topics.ts';

/** A worker that may know something from before a change. */
export interface Member {
  readonly id: number;
  readonly process: Worker;
}

/** How long a worker may take to apply a change before it is ended: it might go on serving what was revoked. */
export const confirmWithinMs = 1_000;

/** Hears of a worker that was killed because it did not answer. */
export type OnSilent = (member: Member, asked: string) => void;

/**
 * Asks every member to apply a change and waits for all; one that does not within a second is killed, and counts once
 * its process is gone (SECURITY.md 26).
 */
export async function confirmAmong(
  members: readonly Member[],
  written: WrittenChange,
  machineMs: () => number,
  onSilent: OnSilent,
): Promise<Confirmation> {
  const outcomes = await Promise.all(members.map((member) => applyOn(member, written, machineMs, onSilent)));
  return {
    workers: outcomes.filter(({ isApplied }) => isApplied).length,
    killed: outcomes.filter(({ isKilled }) => isKilled).length,
    streams: outcomes.reduce((sum, { streams }) => sum + streams, 0),
    tookMs: Math.max(0, ...outcomes.map(({ atMs }) => atMs - written.writtenAtMs)),
  };
}

async function applyOn(member: Member, written: WrittenChange, machineMs: () => number, onSilent: OnSilent) {
  const { sequence, ended, beganAtMs, inMemory } = written;
  const order = { sequence, ended, beganAtMs, inMemory };
  const reply = await member.process.channel.ask('apply', order, confirmWithinMs);
  if (reply.outcome === 'answered' && reply.body.sequence >= sequence) {
    return { isApplied: true, isKilled: false, streams: reply.body.streams, atMs: reply.body.atMs };
  }
  const isKilled = reply.outcome !== 'gone';
  if (isKilled) {
    onSilent(member, 'apply');
    member.process.kill();
  }
  await member.process.exited;
  return { isApplied: false, isKilled, streams: 0, atMs: machineMs() };
}
