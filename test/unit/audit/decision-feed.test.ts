import { describe, expect, test } from '@jest/globals';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import { createDecisionFeed } from '../../../src/audit/decision-feed.ts';
import type { DecisionId } from '../../../src/decision/decision-id.ts';

let nowMs = 1_800_000_000_000;
const refusal = (host: string): AuditEvent => ({
  type: 'refusal',
  atMs: nowMs,
  decisionId: 'dec_01JX3V8KW4MB1Q0ZC6T7Y2N5RA' as DecisionId,
  config: '9f2c81d0a4be',
  reason: 'route_unknown',
  address: '203.0.113.9',
  host,
  method: 'GET',
  path: '/',
  detail: 'no such host',
});
const hostsOf = (events: readonly string[]) => events.map((event) => JSON.parse(event).host);

describe('the feed of decisions', () => {
  test('begins where it is first read, and goes on where it was read before', () => {
    const feed = createDecisionFeed(() => nowMs);
    feed.note(refusal('before'));
    const first = feed.read(undefined, {});
    expect(first).toEqual({ cursor: 1, skipped: 0, events: [] });
    feed.note(refusal('one'));
    feed.note(refusal('two'));
    const second = feed.read(first.cursor, {});
    expect([hostsOf(second.events), second.skipped]).toEqual([['one', 'two'], 0]);
    expect(feed.read(second.cursor, {}).events).toEqual([]);
  });

  test('keeps a bounded number, and counts what came faster than it was read', () => {
    const feed = createDecisionFeed(() => nowMs);
    let { cursor } = feed.read(undefined, {});
    for (let index = 0; index < 1_500; index += 1) feed.note(refusal(`h${index}`));
    let [shown, skipped] = [0, 0];
    for (let read = feed.read(cursor, {}); read.cursor !== cursor; read = feed.read(cursor, {})) {
      cursor = read.cursor;
      shown += read.events.length;
      skipped += read.skipped;
    }
    expect([shown, skipped]).toEqual([1_000, 500]);
  });

  test('keeps nothing while nobody reads, and counts that too', () => {
    const feed = createDecisionFeed(() => nowMs);
    const { cursor } = feed.read(undefined, {});
    nowMs += 5_000;
    feed.note(refusal('a'));
    feed.note(refusal('b'));
    expect(feed.read(cursor, {})).toEqual({ cursor: 2, skipped: 2, events: [] });
  });

  test('counts for a reader who cannot take any', () => {
    const feed = createDecisionFeed(() => nowMs);
    const { cursor } = feed.read(undefined, {});
    feed.note(refusal('a'));
    expect(feed.read(cursor, {}, true)).toEqual({ cursor: 1, skipped: 1, events: [] });
  });

  test('shows only what is asked for', () => {
    const feed = createDecisionFeed(() => nowMs);
    const { cursor } = feed.read(undefined, {});
    feed.note(refusal('a'));
    const count = (filter: object) => feed.read(cursor, filter).events.length;
    expect([{}, { outcome: 'refusal' }, { reason: 'route_unknown' }].map(count)).toEqual([1, 1, 1]);
    const others = [{ outcome: 'deny' }, { reason: 'explicit_deny' }, { route: 'wiki' }, { user: 'ada@corp.example' }];
    expect(others.map(count)).toEqual([0, 0, 0, 0]);
  });

  test('begins anew for a cursor of a process that was there before', () => {
    expect(createDecisionFeed(() => nowMs).read(99, {})).toEqual({ cursor: 0, skipped: 0, events: [] });
  });
});
