import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionEvent } from '../../src/audit/audit-event.ts';
import { makeFileName } from '../../src/audit/audit-file.ts';
import { genesisHash } from '../../src/audit/audit-line.ts';
import { encodeSlice, type Position } from '../../src/audit/encode-slice.ts';
import { createStandingFacts, type StandingFacts } from '../../src/audit/standing-facts.ts';
import { createWaitingEvents } from '../../src/audit/waiting-events.ts';
import type { Snapshot } from '../../src/config/snapshot.ts';
import type { Facts } from '../../src/decision/facts.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { makeAllow } from './record-events.ts';

/** What a request to a route would have been recorded as. */
export function recordedUnder(snapshot: Snapshot, host: string, facts: Facts): DecisionEvent {
  const route = snapshot.routeTable.find(host, facts.request.path);
  if (route === undefined) throw new Error(`There is no route for ${host}.`);
  const { nowMs, method, path } = facts.request;
  const decision = evaluate(route.policy, facts);
  return {
    ...makeAllow(nowMs),
    config: snapshot.hash.slice(0, 12),
    route: route.name,
    host,
    method,
    path,
    decision,
    facts,
  };
}

/** Writes a file of the trail, as the running program would. @param facts what the file is taken to hold */
export function writeTrail(
  folder: string,
  events: readonly DecisionEvent[],
  more = '',
  facts: StandingFacts = createStandingFacts(),
): void {
  mkdirSync(folder, { recursive: true });
  const waiting = createWaitingEvents();
  let position: Position = { sequence: 0, hash: genesisHash, recordedAtMs: 0 };
  let at = 0;
  const lines = events.flatMap((event) => {
    const entry = { kind: 'waiting', event: waiting.add(event, true) } as const;
    const { buffers, to, end } = encodeSlice([entry], position, () => event.atMs, { at, facts });
    position = to;
    at = end;
    return buffers;
  });
  const name = makeFileName(events[0]?.atMs ?? 0, 4711, Math.random);
  writeFileSync(join(folder, name), Buffer.concat([...lines, Buffer.from(more)]));
}
