import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { DecisionEvent, RecordedEvent } from '../../../src/audit/audit-event.ts';
import { parseLine } from '../../../src/audit/audit-line.ts';
import { createStandingFacts } from '../../../src/audit/standing-facts.ts';
import { verifyAudit } from '../../../src/audit/verify-audit.ts';
import { createFactsCheck } from '../../../src/audit/verify-facts.ts';
import { readLines } from '../../../src/audit/verify-file.ts';
import type { ServiceFacts } from '../../../src/decision/facts.ts';
import { createBreakableDisk } from '../../support/breakable-disk.ts';
import { writeTrail } from '../../support/people-trail.ts';
import { makeAllow, nextDecisionId } from '../../support/record-events.ts';
import { createTrailBench } from '../../support/record-trail.ts';
import { asWhole, lookUp, readThrough } from '../../support/trail-readers.ts';

type Bench = Awaited<ReturnType<typeof createTrailBench>>;

// Decision ids never go back in time, so neither may one test behind the other.
let startMs = Date.now();
function openBench(): Promise<Bench> {
  startMs += 600_000;
  return createTrailBench(startMs);
}

/** The next request of the same session: its facts are the same objects, but for what the request shows by itself. */
function next(before: DecisionEvent, atMs: number, changes: Partial<DecisionEvent> = {}): DecisionEvent {
  const { facts } = before;
  const device = facts.device && { ...facts.device, asOfMs: atMs };
  const request = { ...facts.request, nowMs: atMs };
  return { ...before, atMs, decisionId: nextDecisionId(atMs), facts: { ...facts, request, device }, ...changes };
}

const eventsOf = async (bench: Bench) =>
  (await bench.lines()).flatMap((line) => ('event' in line ? [line['event'] as RecordedEvent['event']] : []));

/** For each event of the files: `holds` its facts for others, `points` to them, or is `whole`. */
const formsOf = async (bench: Bench) =>
  (await eventsOf(bench)).map((event) =>
    'facts_id' in event ? 'holds' : 'facts_ref' in event ? 'points' : `whole ${event['outcome']}`,
  );

/** What the check says of each line of a folder's file. */
async function problemsOf(folder: string, most?: number) {
  const path = join(folder, (await readdir(folder))[0] ?? '');
  const check = createFactsCheck(path, most);
  const problems: unknown[] = [];
  for await (const read of readLines(path))
    if (read.kind === 'line') problems.push((await check(read.line, read.at))?.problem);
  return problems;
}

async function expectReadable(bench: Bench, made: readonly DecisionEvent[]) {
  const wholes = made.map(asWhole);
  expect(await readThrough(bench.directory)).toEqual({ events: wholes, unreadable: 0 });
  for (const [index, { decisionId }] of made.entries())
    expect((await lookUp(bench.directory, decisionId)).events).toMatchObject([{ event: wholes[index] ?? {} }]);
  expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
}

describe('an allow whose facts a line before it holds', () => {
  test('says what is its own, names them, and is less than half as long', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    const first = makeAllow(bench.clock.nowMs);
    const risk = first.facts.risk && { ...first.facts.risk, asOfMs: bench.clock.nowMs + 9, score: 20 };
    const second = next(first, bench.clock.nowMs + 9, { path: '/other', status: 404 });
    const third = next(second, bench.clock.nowMs + 9, { facts: { ...second.facts, risk } });
    for (const event of [first, second, third]) trail.record(event);
    await trail.close();
    const [holding = {}, , pointing = {}] = await eventsOf(bench);
    expect(holding).toEqual({ ...asWhole(first), facts_id: expect.stringMatching(/^[\w-]{22}$/) });
    const { rules, facts, ...own } = asWhole(third);
    const { request, risk: ownRisk } = facts as { readonly [name: string]: object };
    expect(rules).toBeDefined();
    const facts_back = expect.any(Number);
    expect(pointing).toEqual({ ...own, facts_ref: holding['facts_id'], facts: { request, risk: ownRisk }, facts_back });
    expect(JSON.stringify(pointing).length).toBeLessThan(JSON.stringify(holding).length / 2);
    await expectReadable(bench, [first, second, third]);
  });

  test('stands whole where it waited for the disk, was no plain allow, or is of nobody', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    const first = makeAllow(bench.clock.nowMs);
    const denied = next(first, bench.clock.nowMs, {
      decision: { outcome: 'deny', reason: 'not_in_required_group', trace: first.decision.trace },
    });
    const durable = next(first, bench.clock.nowMs);
    const bare = { ...first.facts, person: undefined, authentication: undefined, device: undefined, risk: undefined };
    const nobody = next(first, bench.clock.nowMs, {
      facts: bare,
      decision: { outcome: 'allow', reason: 'public_route', grant: undefined, trace: [] },
    });
    const made = [first, denied, durable, nobody, next(first, bench.clock.nowMs)];
    for (const event of made) await (event === durable ? trail.recordDurably(event) : trail.record(event));
    await trail.close();
    expect(await formsOf(bench)).toEqual(['holds', 'whole deny', 'whole allow', 'whole allow', 'points']);
    await expectReadable(bench, made);
  });

  test('never points into another file: a full one, or one of the run before', async () => {
    const bench = await openBench();
    const first = makeAllow(bench.clock.nowMs);
    const made: DecisionEvent[] = [];
    for (let run = 0; run < 2; run += 1) {
      const trail = await bench.open({}, { rotateBytes: 4_000 });
      for (let index = 0; index < 8; index += 1) {
        bench.clock.nowMs += 5;
        const event = next(first, bench.clock.nowMs);
        made.push(event);
        trail.record(event);
        await trail.flush();
      }
      await trail.close();
      bench.clock.nowMs += 1_000;
    }
    const forms = await formsOf(bench);
    expect((await bench.files()).length).toBeGreaterThan(3);
    expect(forms.filter((form) => form === 'holds').length).toBeGreaterThan(3);
    expect(forms.filter((form) => form === 'points').length).toBeGreaterThan(6);
    for (const name of await bench.files()) {
      const ofFile = (await bench.linesOf(name)).flatMap((line) => ('event' in line ? [line['event']] : []));
      if (ofFile.length > 0) expect(ofFile[0]).toHaveProperty('facts_id');
    }
    for (const event of (await eventsOf(bench)).filter((one) => 'facts_id' in one)) {
      const written = made.find(({ decisionId }) => decisionId === event['decision_id']);
      expect(event).toEqual({ ...asWhole(written ?? first), facts_id: event['facts_id'] });
    }
    await expectReadable(bench, made);
  });

  test('has them in its file, however far in front and however long they are', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    const groupsOf = (count: number) => Array.from({ length: count }, (_, at) => `group-${at}`);
    // Up to a megabyte, so that one is longer than whatever is read at once.
    const people = [1, 1_000, 2_500, 80_000].map((count) => {
      const first = makeAllow(bench.clock.nowMs);
      const person = first.facts.person && { ...first.facts.person, groups: groupsOf(count) };
      return { ...first, facts: { ...first.facts, person } };
    });
    const [first = makeAllow(bench.clock.nowMs)] = people;
    const path = `/${'x'.repeat(60_000)}`;
    const between = Array.from({ length: 300 }, () => next(first, bench.clock.nowMs, { path }));
    const made = [...people, ...between, ...people.map((one) => next(one, bench.clock.nowMs))];
    for (const event of made) trail.record(event);
    await trail.close();
    expect((await formsOf(bench)).filter((form) => form === 'holds')).toHaveLength(people.length);
    expect(await readThrough(bench.directory)).toEqual({ events: made.map(asWhole), unreadable: 0 });
    for (const event of made.slice(-people.length))
      expect((await lookUp(bench.directory, event.decisionId)).events).toMatchObject([{ event: asWhole(event) }]);
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
  });

  test('says how far in front of it their line begins', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    const people = Array.from({ length: 20 }, (_, at) => {
      const first = makeAllow(bench.clock.nowMs);
      return {
        ...first,
        facts: { ...first.facts, person: first.facts.person && { ...first.facts.person, name: `é${at}` } },
      };
    });
    for (let times = 0; times < 3; times += 1) {
      for (const one of people) trail.record(next(one, bench.clock.nowMs));
      // Not only what is written at once.
      if (times < 2) await trail.flush();
    }
    await trail.close();
    const [name = ''] = await bench.files();
    const held = new Map<number, unknown>();
    let pointing = 0;
    for await (const read of readLines(join(bench.directory, name))) {
      if (read.kind !== 'line' || !('event' in read.line)) continue;
      const { facts_id: id, facts_ref: ref, facts_back: back } = read.line.event as RecordedEvent['event'];
      if (id !== undefined) held.set(read.at, id);
      if (ref === undefined) continue;
      pointing += 1;
      expect(held.get(read.at - Number(back))).toBe(ref);
    }
    expect(pointing).toBe(2 * people.length);
  });

  test.each<readonly [what: string, moved: (at: number) => number]>([
    ['within the line', (at) => at + 1],
    ['at the end of the one before', (at) => at - 1],
    ['in front of the file', () => -1],
    ['behind the line that points there', (at) => at + 1_000_000],
    ['between two bytes', (at) => at + 0.5],
    ['on another line', () => 0],
  ])('and stand elsewhere is not read, and a break of the trail: %s', async (_what, moved) => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-elsewhere-'));
    startMs += 600_000;
    const before = makeAllow(startMs, { claims: ['department'] });
    const first = makeAllow(startMs);
    const last = next(first, startMs);
    const standing = createStandingFacts();
    writeTrail(folder, [before, first, last], '', {
      ...standing,
      find: (id) => {
        const at = standing.find(id);
        return at === undefined ? undefined : moved(at);
      },
    });
    expect(await readThrough(folder)).toEqual({ events: [before, first].map(asWhole), unreadable: 1 });
    expect(await lookUp(folder, last.decisionId)).toMatchObject({ events: [], damaged: 1 });
    for (const remembered of [0, 100])
      expect(await problemsOf(folder, remembered)).toEqual([undefined, undefined, 'facts_missing']);
  });

  test.each([1, 2, 100])('is found true also by a check that remembers %d lines with facts', async (most) => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-check-'));
    startMs += 600_000;
    const people = [1, 2, 3].map(() => {
      const first = makeAllow(startMs);
      const sessionId = `ses_${first.decisionId}`;
      return {
        ...first,
        facts: { ...first.facts, person: first.facts.person && { ...first.facts.person, sessionId } },
      };
    });
    writeTrail(folder, [...people, ...people.map((one) => next(one, startMs))]);
    expect(await problemsOf(folder, most)).toEqual(Array(6).fill(undefined));
  });

  test('is written with its own again where a file holds more of them than are kept in mind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-standing-'));
    startMs += 600_000;
    const [first, second] = [makeAllow(startMs), makeAllow(startMs, { claims: ['department'] })];
    const made = [first, second, next(first, startMs), next(first, startMs)];
    writeTrail(folder, made, '', createStandingFacts(1));
    const { events } = await readThrough(folder);
    expect(events).toEqual(made.map(asWhole));
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    expect(text.split('"facts_id"')).toHaveLength(1 + 3);
  });

  test('is read with facts that are older than what was asked for', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    const first = makeAllow(bench.clock.nowMs);
    trail.record(first);
    await trail.flush();
    bench.clock.nowMs += 60_000;
    const second = next(first, bench.clock.nowMs);
    trail.record(second);
    await trail.close();
    expect(await readThrough(bench.directory, bench.clock.nowMs)).toEqual({ events: [asWhole(second)], unreadable: 0 });
  });

  test('is whole for whoever looks while it waits for the disk, and for whoever follows decisions', async () => {
    const bench = await openBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create });
    const first = makeAllow(bench.clock.nowMs);
    const { cursor } = trail.feed.read(undefined, {});
    trail.record(first);
    await trail.flush();
    disk.error = 'ENOSPC';
    const second = next(first, bench.clock.nowMs);
    trail.record(second);
    expect(await trail.find(second.decisionId)).toEqual({ sequence: undefined, event: asWhole(second) });
    expect(trail.feed.read(cursor, {}).events.map((text) => JSON.parse(text))).toEqual([first, second].map(asWhole));
    disk.error = undefined;
    await trail.close();
    // A write failed: what stands in the file is not relied on.
    expect(await formsOf(bench)).toEqual(['holds', 'holds']);
  });

  test.each(['ENOSPC', 'EIO'])('has them in the file also when writing them failed at first (%s)', async (code) => {
    const bench = await openBench();
    const { disk, create } = createBreakableDisk();
    const trail = await bench.open({ createFile: create });
    const first = makeAllow(bench.clock.nowMs);
    disk.error = code === 'ENOSPC' ? code : undefined;
    disk.isSyncBroken = code === 'EIO';
    trail.record(first);
    // Nobody waits for a plain allow to be synced; somebody does for this one.
    const durable = trail.recordDurably(next(first, bench.clock.nowMs));
    await trail.flush();
    await durable;
    disk.error = undefined;
    disk.isSyncBroken = false;
    trail.record(next(first, bench.clock.nowMs));
    await trail.flush();
    await trail.close();
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
    const newest = (await bench.files()).at(-1) ?? '';
    const forms = (await bench.linesOf(newest)).flatMap((line) => ('event' in line ? [line['event'] as object] : []));
    expect(forms[0]).toHaveProperty('facts_id');
    expect(forms.at(-1)).toHaveProperty('facts_ref');
  });

  test('holds its own with facts: each, and both forms are read side by side', async () => {
    const bench = await openBench();
    const first = makeAllow(bench.clock.nowMs);
    const made: DecisionEvent[] = [];
    for (const facts of ['each', 'once', 'each'] as const) {
      const trail = await bench.open({}, { facts });
      for (let index = 0; index < 3; index += 1) {
        const event = next(first, bench.clock.nowMs);
        made.push(event);
        trail.record(event);
      }
      await trail.close();
      bench.clock.nowMs += 1_000;
    }
    const each = Array(3).fill('whole allow');
    expect(await formsOf(bench)).toEqual([...each, 'holds', 'points', 'points', ...each]);
    await expectReadable(bench, made);
  });
});

describe('facts of one name', () => {
  const first = makeAllow(Date.UTC(2026, 0, 5, 9));
  const { facts, decision } = first;
  const [rule] = decision.trace;
  const { device, person } = facts;
  const posture = device?.postures['managed-laptop'];
  const [check] = posture?.checks ?? [];
  const service: ServiceFacts = { source: 'connection', asOfMs: first.atMs, serviceId: 'billing', provedBy: 'token' };
  if (rule === undefined || device === undefined || posture === undefined || check === undefined || !person)
    throw new Error('The sample lacks a fact.');
  const withFacts = (changes: Partial<DecisionEvent['facts']>) => ({ facts: { ...facts, ...changes } });
  const withPosture = (changes: Partial<typeof posture>) =>
    withFacts({ device: { ...device, postures: { 'managed-laptop': { ...posture, ...changes } } } });
  const withCheck = (changes: Partial<typeof check>) => withPosture({ checks: [{ ...check, ...changes }] });
  const withTrace = (trace: typeof decision.trace) => ({
    decision: { outcome: 'allow', reason: 'granted', grant: rule, trace } as const,
  });

  test.each<readonly [what: string, change: Partial<DecisionEvent>]>([
    ['a group', withFacts({ person: { ...person, groups: [] } })],
    ['the claims that are read', { claims: ['department'] }],
    ['the proof', withFacts({ authentication: { provedAtMs: { password: 1 } } })],
    ['a proof that is gone', withFacts({ authentication: undefined })],
    ['a rule', withTrace([{ ...rule, verdict: 'unknown' }])],
    ['one more rule', withTrace([rule, rule])],
    ['the device', withFacts({ device: { ...device, deviceId: 'other' } })],
    ['who vouches for the device', withFacts({ device: { ...device, source: 'admin' } })],
    ['no device', withFacts({ device: undefined })],
    ['no posture', withFacts({ device: { ...device, postures: {} } })],
    ['another posture', withPosture({ posture: 'other' })],
    ['the result of a posture', withPosture({ result: 'warned' })],
    ['the time of a warning', withPosture({ warnedSinceMs: 1 })],
    ['the end of a warning', withPosture({ warnedUntilMs: 1 })],
    ['one more check', withPosture({ checks: [check, check] })],
    ['a check', withCheck({ check: 'firewall' })],
    ['the result of a check', withCheck({ result: 'stale' })],
    ['the value of a check', withCheck({ value: false })],
    ['the source of a check', withCheck({ source: 'admin' })],
    ['the age of a check', withCheck({ asOfMs: 1 })],
    ['a service', withFacts({ person: undefined, service })],
  ])('differ in nothing: %s makes others of them', async (_what, change) => {
    const bench = await openBench();
    const trail = await bench.open();
    const made = [first, next(first, first.atMs, change), next(first, first.atMs), next(first, first.atMs, change)];
    for (const event of made) trail.record(event);
    await trail.close();
    expect(await formsOf(bench)).toEqual(['holds', 'holds', 'points', 'points']);
    expect((await readThrough(bench.directory)).events).toEqual(made.map(asWhole));
  });

  test.each<readonly [what: string, change: Partial<ServiceFacts>]>([
    ['who it is', { serviceId: 'other' }],
    ['how it showed who it is', { provedBy: 'certificate' }],
    ['where that was seen', { source: 'elsewhere' }],
  ])('are those of one service: %s makes others of them', async (_what, change) => {
    const bench = await openBench();
    const trail = await bench.open();
    const ofService = (changes: Partial<ServiceFacts> = {}) =>
      next(
        first,
        first.atMs,
        withFacts({ person: undefined, authentication: undefined, service: { ...service, ...changes } }),
      );
    const made = [ofService(), ofService(change), ofService(), ofService(change)];
    for (const event of made) trail.record(event);
    await trail.close();
    expect(await formsOf(bench)).toEqual(['holds', 'holds', 'points', 'points']);
    expect((await readThrough(bench.directory)).events).toEqual(made.map(asWhole));
  });

  test('are found again when everything about a session was read anew', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    for (const event of [first, structuredClone(next(first, first.atMs))]) trail.record(event);
    await trail.close();
    expect(await formsOf(bench)).toEqual(['holds', 'points']);
  });

  test('are named anew where more kinds of request take turns than are remembered, and stay the same', async () => {
    const bench = await openBench();
    const trail = await bench.open();
    const traces = Array.from({ length: 40 }, (_, line) => [{ ...rule, at: { ...rule.at, line } }]);
    const made = [...traces, ...traces].map((trace) => next(first, first.atMs, withTrace(trace)));
    for (const event of made) trail.record(event);
    await trail.close();
    expect(await formsOf(bench)).toEqual([...Array(40).fill('holds'), ...Array(40).fill('points')]);
    expect((await readThrough(bench.directory)).events).toEqual(made.map(asWhole));
  });
});

test('the lines that the documentation shows are lines of a trail, and the second one points to the first', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/audit.md'), 'utf8');
  const lines = page.split('\n').filter((line) => line.startsWith('{"hash"'));
  const events = lines.map((text) => {
    const parsed = parseLine(Buffer.from(text));
    if (parsed.outcome !== 'line' || !('event' in parsed.line)) throw new Error(text);
    return { line: parsed.line, event: parsed.line.event as RecordedEvent['event'] };
  });
  const [, holds, points] = events;
  const check = createFactsCheck('there is no such file');
  expect(holds && (await check(holds.line, 0))).toBeUndefined();
  expect(points && (await check(points.line, (lines[1]?.length ?? 0) + 1))).toBeUndefined();
  expect(events.map(({ event }) => event)).toMatchObject([
    { outcome: 'deny' },
    { facts_id: points?.event['facts_ref'] },
    { outcome: 'allow' },
  ]);
  const [, first = '', second = ''] = lines;
  const sizes = `${(first.length + 1).toLocaleString('en')} and ${second.length + 1} bytes`;
  expect(page).toContain(`The sizes of these two lines are ${sizes}`);
});
