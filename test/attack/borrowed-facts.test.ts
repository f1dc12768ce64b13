import { cp, mkdtemp, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { DecisionEvent } from '../../src/audit/audit-event.ts';
import { encodeLine, type LineKind } from '../../src/audit/audit-line.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { makeAllow, nextDecisionId } from '../support/record-events.ts';
import { createTrailBench, hourMs } from '../support/record-trail.ts';
import { asWhole, lookUp, readThrough } from '../support/trail-readers.ts';

type Body = { [key: string]: unknown };
interface Line {
  readonly kind: LineKind;
  body: Body;
}

const kinds = ['event', 'opening', 'checkpoint', 'succession', 'retention', 'introduction'] as const;

/** Requests of one session, of which each is a little later. */
function createSession(startMs: number, subject: string) {
  const first = makeAllow(startMs);
  const person = first.facts.person && { ...first.facts.person, subject, email: `${subject}@corp.example` };
  return (atMs: number, changes: Partial<DecisionEvent> = {}): DecisionEvent => {
    const device = first.facts.device && { ...first.facts.device, asOfMs: atMs };
    const request = { ...first.facts.request, nowMs: atMs };
    const facts = { ...first.facts, person, device, request };
    return { ...first, atMs, decisionId: nextDecisionId(atMs), facts, ...changes };
  };
}

describe('somebody who can write to the audit folder, and mends every hash, cannot give a decision the facts of another', () => {
  let directory = '';
  let names: readonly string[] = [];
  let made: readonly DecisionEvent[] = [];
  let startMs = 0;

  beforeAll(async () => {
    const bench = await createTrailBench();
    const ada = createSession(bench.clock.nowMs, 'ada');
    const eve = createSession(bench.clock.nowMs, 'eve');
    startMs = bench.clock.nowMs;
    const all: DecisionEvent[] = [];
    for (const people of [[ada, ada, eve, ada], [eve]]) {
      const trail = await bench.open();
      for (const person of people) {
        const event = person(bench.clock.nowMs);
        all.push(event);
        trail.record(event);
        bench.clock.nowMs += 7;
      }
      await trail.close();
      bench.clock.nowMs += 1_000;
    }
    directory = bench.directory;
    names = await bench.files();
    made = all;
  });

  const read = async (folder: string, name: string): Promise<Line[]> =>
    (await readFile(join(folder, name), 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text))
      .map((line) => {
        const kind = kinds.find((one) => one in line) ?? 'event';
        return { kind, body: line[kind] };
      });

  /** Rewrites the first file with a chain that fits; only the signature behind the last event cannot be had. */
  async function tamper(change: (lines: Line[]) => unknown) {
    const copy = await mkdtemp(join(tmpdir(), 'postern-borrowed-'));
    await cp(directory, copy, { recursive: true });
    const path = join(copy, names[0] ?? '');
    const first = JSON.parse((await readFile(path, 'utf8')).split('\n')[0] ?? '');
    const lines = await read(copy, names[0] ?? '');
    await change(lines);
    let previous: string = first.prev;
    const texts = lines.map(({ kind, body }, index) => {
      const line = encodeLine(previous, first.sequence + index, first.recorded_at_ms, kind, JSON.stringify(body));
      previous = line.hash;
      return line.text;
    });
    await writeFile(path, texts.join(''));
    const at = (wanted: (body: Body) => boolean) => lines.findIndex(({ body }) => wanted(body)) + 1;
    const [found] = (await verifyAudit(copy)).breaks;
    return { copy, found, at };
  }

  /** Nobody is shown a decision of that file with facts that are not its own. */
  async function expectOnlyTruth(copy: string) {
    const { events } = await readThrough(copy);
    const truth = new Map(made.map((event) => [event.decisionId as string, asWhole(event)]));
    for (const event of events) expect(event).toEqual(truth.get(String(event['decision_id'])));
    for (const { decisionId } of made) {
      const [shown] = (await lookUp(copy, decisionId)).events;
      if (shown !== undefined) expect(shown.event).toEqual(truth.get(decisionId));
    }
    return made.length - events.length;
  }

  const lengthOf = ({ kind, body }: Line) =>
    Buffer.byteLength(encodeLine('0'.repeat(64), 1, startMs, kind, JSON.stringify(body)).text);
  const holding = ({ body }: Line) => 'facts_id' in body;
  const pointing = ({ body }: Line) => 'facts_ref' in body;

  test('(when they change nothing, the file has lines that point to others)', async () => {
    const { copy, found } = await tamper((lines) => {
      expect(lines.filter(holding)).toHaveLength(2);
      expect(lines.filter(pointing)).toHaveLength(2);
    });
    // The times of lines were made one: that is what the signature is about.
    expect(found?.problem).toBe('signature_invalid');
    expect(await expectOnlyTruth(copy)).toBe(0);
  });

  test('by changing the facts that others point to', async () => {
    const { copy, found, at } = await tamper((lines) => {
      const line = lines.find(holding);
      if (line !== undefined) line.body = JSON.parse(JSON.stringify(line.body).replaceAll('ada', 'eve'));
    });
    expect(found).toMatchObject({ problem: 'facts_changed', line: at((body) => 'facts_id' in body) });
    expect(await expectOnlyTruth(copy)).toBe(3);
    const { decisionId } = made[1] ?? makeAllow(0);
    expect(await lookUp(copy, decisionId)).toMatchObject({ events: [], damaged: 1 });
  });

  test('by changing the rules that others point to', async () => {
    const { found } = await tamper((lines) => {
      const line = lines.find(holding);
      if (line !== undefined) line.body['rules'] = [];
    });
    expect(found?.problem).toBe('facts_changed');
  });

  test('by keeping the true rules where the hash may look for them', async () => {
    const { copy, found } = await tamper((lines) => {
      const line = lines.find(holding);
      if (line === undefined) return;
      const { rules, facts } = line.body;
      line.body = { ...line.body, rules: [], facts: { ...(facts as Body), rules } };
    });
    expect(found?.problem).toBe('facts_changed');
    expect(await expectOnlyTruth(copy)).toBe(3);
  });

  test.each<readonly [what: string, change: (lines: Line[]) => unknown]>([
    ['taking them out', (lines) => lines.splice(lines.findIndex(holding), 1)],
    [
      'putting them behind the line that points to them',
      (lines) => {
        const [line] = lines.splice(lines.findIndex(holding), 1);
        if (line !== undefined) lines.splice(lines.findIndex(pointing) + 1, 0, line);
      },
    ],
    [
      'putting them behind that line, which points there',
      (lines) => {
        const from = lines.findIndex(pointing);
        const line = lines[from];
        const [held] = lines.splice(lines.findIndex(holding), 1);
        if (held === undefined || line === undefined) return;
        lines.splice(from, 0, held);
        line.body['facts_back'] = -lengthOf(line);
      },
    ],
    [
      'taking their name away',
      (lines) => {
        const { facts_id: _, ...rest } = lines.find(holding)?.body ?? {};
        const line = lines.find(holding);
        if (line !== undefined) line.body = rest;
      },
    ],
    [
      'making a name up',
      (lines) => {
        const line = lines.find(pointing);
        if (line !== undefined) line.body['facts_ref'] = 'A'.repeat(22);
      },
    ],
    [
      'a name that is none',
      (lines) => {
        const line = lines.find(pointing);
        if (line !== undefined) line.body['facts_ref'] = { $ne: '' };
      },
    ],
    [
      'naming what the line holds itself',
      (lines) => {
        const line = lines.find(pointing);
        if (line !== undefined) line.body = { ...line.body, facts_id: line.body['facts_ref'] };
      },
    ],
  ])('by %s', async (_what, change) => {
    const { copy, found, at } = await tamper(change);
    expect(found).toMatchObject({ problem: 'facts_missing', line: at((body) => 'facts_ref' in body) });
    expect(await expectOnlyTruth(copy)).toBeGreaterThan(0);
  });

  test('by pointing to what only another file holds', async () => {
    const { copy, found } = await tamper(async (lines) => {
      const eve = (await read(directory, names[1] ?? '')).find(holding);
      const own = lines.findIndex((line) => holding(line) && line.body['facts_id'] === eve?.body['facts_id']);
      expect(own).toBeGreaterThan(0);
      // The line that holds the same in this file is gone.
      lines.splice(own, 1);
      const line = lines.find(pointing);
      if (line !== undefined) line.body['facts_ref'] = eve?.body['facts_id'];
    });
    expect(found?.problem).toBe('facts_missing');
    // Theirs, the one that is gone, and one that points back over it.
    expect(await expectOnlyTruth(copy)).toBe(3);
  });
});

describe('somebody whose provider lets them choose the name of a claim', () => {
  test('cannot be taken for the line that holds the facts of others', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    const ada = createSession(bench.clock.nowMs, 'ada');
    const first = ada(bench.clock.nowMs);
    trail.record(first);
    await trail.flush();
    const name = (await bench.lines()).flatMap((line) => ('event' in line ? [line['event'] as Body] : []))[0]?.[
      'facts_id'
    ];
    const eve = createSession(bench.clock.nowMs, 'eve')(bench.clock.nowMs);
    const person = eve.facts.person && {
      ...eve.facts.person,
      claims: { facts_id: String(name), facts_ref: String(name) },
    };
    const claims = ['facts_id', 'facts_ref'];
    const denied = { outcome: 'deny', reason: 'not_in_required_group', trace: [] } as const;
    const forged = [
      { ...eve, facts: { ...eve.facts, person }, claims },
      { ...eve, decisionId: nextDecisionId(eve.atMs), facts: { ...eve.facts, person }, claims, decision: denied },
    ];
    const made = [first, ...forged, ada(bench.clock.nowMs)];
    for (const event of made.slice(1)) trail.record(event);
    await trail.close();
    expect(await readThrough(bench.directory)).toEqual({ events: made.map(asWhole), unreadable: 0 });
    for (const event of made)
      expect((await lookUp(bench.directory, event.decisionId)).events).toMatchObject([{ event: asWhole(event) }]);
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
  });
});

describe('what is removed or cut off takes no facts from a line that is kept', () => {
  test('when old files go', async () => {
    const bench = await createTrailBench();
    const ada = createSession(bench.clock.nowMs, 'ada');
    const trail = await bench.open({}, { rotateBytes: 5_000 });
    const made: DecisionEvent[] = [];
    for (let index = 0; index < 60; index += 1) {
      bench.clock.nowMs += hourMs;
      const event = ada(bench.clock.nowMs);
      made.push(event);
      trail.record(event);
      await trail.flush();
    }
    await trail.close();
    const { events, unreadable } = await readThrough(bench.directory);
    expect(unreadable).toBe(0);
    expect(events.length).toBeGreaterThan(20);
    expect(events.length).toBeLessThan(50);
    expect(events).toEqual(made.slice(-events.length).map(asWhole));
    expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
  });

  test('when a process dies between the facts and the line that points to them, at whatever byte', async () => {
    const bench = await createTrailBench();
    const ada = createSession(bench.clock.nowMs, 'ada');
    const trail = await bench.open({ pid: 4_000_000 });
    const made = [ada(bench.clock.nowMs), ada(bench.clock.nowMs)];
    for (const event of made) trail.record(event);
    await trail.flush();
    const [name = ''] = await bench.files();
    const bytes = await readFile(join(bench.directory, name));
    const heldAt = bytes.lastIndexOf(10, bytes.indexOf('"facts_id"')) + 1;
    for (let length = heldAt; length <= bytes.length; length += 37) {
      const copy = await mkdtemp(join(tmpdir(), 'postern-torn-'));
      await cp(join(bench.directory, name), join(copy, name));
      await truncate(join(copy, name), length);
      const { events, unreadable } = await readThrough(copy);
      expect(unreadable).toBe(0);
      expect(events).toEqual(made.slice(0, events.length).map(asWhole));
      for (const { problem } of (await verifyAudit(copy)).breaks) expect(problem).toBe('torn_line');
    }
    await trail.close();
  });
});
