import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionEvent } from '../../src/audit/audit-event.ts';
import { makeFileName } from '../../src/audit/audit-file.ts';
import { encodeLine, genesisHash } from '../../src/audit/audit-line.ts';
import { encodeEvent } from '../../src/audit/encode-event.ts';
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

/** Writes a file of the trail. */
export function writeTrail(folder: string, events: readonly DecisionEvent[], more = ''): void {
  mkdirSync(folder, { recursive: true });
  const first = events[0];
  let previous = genesisHash;
  const lines = events.map((event, index) => {
    const line = encodeLine(previous, index + 1, event.atMs, 'event', encodeEvent(event));
    previous = line.hash;
    return line.text;
  });
  writeFileSync(join(folder, makeFileName(first?.atMs ?? 0, 4711, Math.random)), lines.join('') + more);
}
