import { type Fault, toFault } from '../decision/fault.ts';
import { createDueQueue } from '../state/due-queue.ts';
import { createGrowingCache } from '../state/growing-cache.ts';
import { personKey } from '../state/person-key.ts';
import type { RecordKind, RecordName, StateStore, StoredRecord } from '../state/state-store.ts';
import { type CounterName, emptyHistory } from './history.ts';
import { updateMarks } from './history-marks.ts';
import { observeRequest } from './observe-request.ts';
import { type OutsideScore, parseOutsideScore } from './outside-score.ts';
import { parseBaseline } from './person-baseline.ts';
import {
  isMuchUntold,
  type RememberedPerson,
  type RememberedSession,
  rememberPerson,
  rememberSession,
} from './remembered-session.ts';
import type { Risk, RiskSubject } from './risk.ts';
import { scoreHistory } from './score.ts';
import { countEvent } from './signals/counted-events.ts';
import type { RiskSources } from './sources/risk-sources.ts';
import { parseHistory } from './stored-history.ts';
import { writeBaselines } from './write-baselines.ts';
import { writeHistories } from './write-histories.ts';

export interface RiskDependencies {
  readonly store: StateStore;
  readonly now: () => number;
  /** What files say of addresses. Default: nothing. */
  readonly sources?: RiskSources;
  /** Runs a task each second, and returns how to stop; a timer that holds no process open by default. */
  readonly everySecond?: (task: () => void) => () => void;
  /** Hears of writes that failed; they are tried again a second later. Default: nobody. */
  readonly onFault?: (fault: Fault) => void;
}

/** Sessions in memory, two to three kilobytes each. The one that was asked for least lately goes; the store still has it. */
const rememberedSessions = 50_000;
/** People in memory, two kilobytes each as a rule and eight at most. As many as sessions: whoever falls out has to be read for each request. */
const rememberedPeople = 50_000;

/** How long what changes no answer may wait to be written. */
const longestDelayMs = 60_000;
const atOnce = 0;
/** Sessions that may wait to be written: beyond, they are written without having been waited for. */
const mostUnwritten = rememberedSessions;

/** How often what is left is written at the end. */
const closingRounds = 5;

const noSources: RiskSources = { placeOf: () => undefined, listOf: () => undefined, generation: 0 };

function runEverySecond(task: () => void): () => void {
  const timer = setInterval(task, 1000);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Builds risk. What it learns lies in memory. What changes answers is written within a second, and every process reads it;
 * the rest (counts of a minute, when something was seen last) within a minute. Losing that loses no decision.
 */
export function createRisk(dependencies: RiskDependencies): Risk {
  const { store, now, sources = noSources, everySecond = runEverySecond, onFault } = dependencies;
  const sessions = createGrowingCache<string, RememberedSession>(rememberedSessions);
  const people = createGrowingCache<string, RememberedPerson>(rememberedPeople);
  /** What is not written yet, and when which of it is to be. */
  const changed = new Map<string, RememberedSession>();
  const due = createDueQueue<string>(longestDelayMs);
  const changedPeople = new Map<string, RememberedPerson>();
  const loading = new Map<string, Promise<void>>();
  /** Grows with each score that is set anywhere: what was read before may be another one by now. */
  let outsideChanges = 0;
  let writing: Promise<void> | undefined;

  const stopListening = store.onChange((change) => {
    if (change.type === 'record' && change.kind === 'risk_baseline') return readAgain(change.key);
    if (change.type === 'record' && change.kind !== 'risk_score') return;
    outsideChanges += 1;
    if (change.type === 'everything') for (const person of people.values()) person.isOutsideCurrent = false;
    else {
      const person = findPerson(change.key);
      if (person !== undefined) person.isOutsideCurrent = false;
    }
  });

  function findSession(sessionId: string): RememberedSession | undefined {
    return sessions.get(sessionId) ?? changed.get(sessionId);
  }

  function findPerson(key: string): RememberedPerson | undefined {
    return people.get(key) ?? changedPeople.get(key);
  }

  /** What changes answers is written within a second, and everything within a minute. */
  function plan(sessionId: string, session: RememberedSession, dueAtMs: number): void {
    if (dueAtMs >= session.dueAtMs) return;
    session.dueAtMs = dueAtMs;
    due.add(sessionId, dueAtMs);
  }

  function noteChange(sessionId: string, session: RememberedSession, isUrgent: boolean): void {
    changed.set(sessionId, session);
    session.isUrgent ||= isUrgent;
    plan(sessionId, session, session.isUrgent ? atOnce : session.written.atMs + longestDelayMs);
  }

  /** Another process wrote what changes answers. */
  function readAgain(sessionId: string): void {
    const session = findSession(sessionId);
    if (session === undefined) return;
    session.isStale = true;
    plan(sessionId, session, atOnce);
  }

  /** A session that was not loaded begins empty; what the store has is merged in at the next write. */
  function findOrBegin({ sessionId, person }: RiskSubject): RememberedSession {
    const known = findSession(sessionId);
    if (known !== undefined) return known;
    const begun = rememberSession(undefined, personKey(person), 0);
    sessions.set(sessionId, begun);
    return begun;
  }

  function personOf({ person: key }: RememberedSession): RememberedPerson {
    const known = findPerson(key);
    if (known !== undefined) return known;
    const begun = rememberPerson(undefined, undefined);
    people.set(key, begun);
    return begun;
  }

  async function readOutside(key: string): Promise<OutsideScore | undefined> {
    const read = await store.read('risk_score', key);
    return read.found === 'record' ? parseOutsideScore(read.record.value) : undefined;
  }

  async function load({ sessionId, person }: RiskSubject): Promise<void> {
    const session = findSession(sessionId);
    const key = session?.person ?? personKey(person);
    const known = findPerson(key);
    const since = outsideChanges;
    const names: RecordName[] = [];
    if (known?.isOutsideCurrent !== true) names.push({ kind: 'risk_score', key });
    if (known === undefined) names.push({ kind: 'risk_person', key });
    if (session === undefined) names.push({ kind: 'risk_baseline', key: sessionId });
    const reads = await store.readAll(names);
    const recordOf = (kind: RecordKind): StoredRecord | undefined => {
      const read = reads[names.findIndex((name) => name.kind === kind)];
      return read?.found === 'record' ? read.record : undefined;
    };
    if (known?.isOutsideCurrent !== true)
      keepPerson(key, recordOf('risk_person'), recordOf('risk_score'), since === outsideChanges);
    if (findSession(sessionId) === undefined) keepSession(sessionId, key, recordOf('risk_baseline'));
  }

  function keepPerson(
    key: string,
    baseline: StoredRecord | undefined,
    score: StoredRecord | undefined,
    isOutsideCurrent: boolean,
  ): void {
    const person =
      findPerson(key) ??
      rememberPerson(baseline === undefined ? undefined : parseBaseline(baseline.value, now()), undefined);
    person.outside = score === undefined ? undefined : parseOutsideScore(score.value);
    person.isOutsideCurrent = isOutsideCurrent;
    people.set(key, person);
  }

  function keepSession(sessionId: string, person: string, record: StoredRecord | undefined): void {
    const nowMs = now();
    const stored = record === undefined ? undefined : { ...record, history: parseHistory(record.value, nowMs) };
    sessions.set(sessionId, rememberSession(stored, person, nowMs));
  }

  /** What is to be written or read again now: what is due, or all that is not written. */
  function takeDue(which: 'due' | 'all', nowMs: number): readonly (readonly [string, RememberedSession])[] {
    const ids = new Set(due.take(nowMs));
    if (which === 'all') for (const id of changed.keys()) ids.add(id);
    return [...ids].flatMap((id) => {
      const session = findSession(id);
      // A clock that was set back makes nothing wait for it.
      const isAhead = Number.isFinite(session?.dueAtMs) && (session?.dueAtMs ?? 0) > nowMs + longestDelayMs;
      const isDue = session !== undefined && (which === 'all' || session.dueAtMs <= nowMs || isAhead);
      if (!isDue) return [];
      session.dueAtMs = Number.POSITIVE_INFINITY;
      return [[id, session] as const];
    });
  }

  async function writeTaken(which: 'due' | 'all'): Promise<void> {
    const nowMs = now();
    const taken = takeDue(changed.size > mostUnwritten ? 'all' : which, nowMs);
    try {
      if (taken.length > 0) await writeHistories(store, changed, taken, nowMs);
    } finally {
      for (const [id, session] of taken) if (changed.has(id) || session.isStale) plan(id, session, atOnce);
    }
    if (changedPeople.size > 0) await writeBaselines(store, changedPeople, nowMs);
  }

  function write(which: 'due' | 'all' = 'due'): Promise<void> {
    writing ??= writeTaken(which).finally(() => {
      writing = undefined;
    });
    return writing;
  }

  const hasUnwritten = (): boolean => changed.size > 0 || changedPeople.size > 0;
  const stop = everySecond(() => void write().catch((thrown: unknown) => onFault?.(toFault(thrown))));

  function count(subject: RiskSubject, counter: CounterName, what: string, nowMs: number): boolean {
    const session = findOrBegin(subject);
    const { events } = session.history;
    const counted = countEvent(events[counter], what, nowMs);
    if (counted === events[counter]) return false;
    events[counter] = counted;
    noteChange(subject.sessionId, session, true);
    return true;
  }

  return {
    load: (subject) => {
      const known = findSession(subject.sessionId);
      if (known !== undefined && findPerson(known.person)?.isOutsideCurrent === true) return undefined;
      const underWay = loading.get(subject.sessionId);
      if (underWay !== undefined) return underWay;
      const started = load(subject).finally(() => loading.delete(subject.sessionId));
      loading.set(subject.sessionId, started);
      return started;
    },

    assess: (observation, settings) => {
      const { sessionId, lastProofAtMs, nowMs } = observation;
      const session = findOrBegin(observation);
      const person = personOf(session);
      if (observeRequest(session, person, observation, settings, sources)) changedPeople.set(session.person, person);
      const isUrgent = updateMarks(session.marks, session.history) || isMuchUntold(session);
      noteChange(sessionId, session, isUrgent);
      const { baseline, outside } = person;
      return scoreHistory({ history: session.history, baseline, outside }, lastProofAtMs, settings, nowMs);
    },

    peek: (subject, lastProofAtMs, settings, nowMs) => {
      const session = findSession(subject.sessionId);
      const history = session?.history ?? emptyHistory();
      const { baseline, outside } =
        findPerson(session?.person ?? personKey(subject.person)) ?? rememberPerson(undefined, undefined);
      return scoreHistory({ history, baseline, outside }, lastProofAtMs, settings, nowMs);
    },

    countDenial: (subject, route, nowMs) => void count(subject, 'denials', route, nowMs),
    countFailedFactor: (subject, nowMs) => void count(subject, 'failedFactors', 'step-up', nowMs),
    countForeignHost: (subject, host, nowMs) => count(subject, 'foreignHosts', host, nowMs),
    countDisownedSession: (subject, disowned, nowMs) => void count(subject, 'disownedSessions', disowned, nowMs),

    setOutsideScore: async (person, score) => {
      await store.write({
        kind: 'risk_score',
        key: personKey(person),
        value: JSON.stringify(score),
        expiresAtMs: score.expiresAtMs,
        expectedVersion: 'any',
        isClosing: true,
      });
    },
    clearOutsideScore: async (person) => (await store.take('risk_score', personKey(person))) !== undefined,
    outsideScoreOf: async (person) => readOutside(personKey(person)),

    forget: (sessionId) => {
      sessions.delete(sessionId);
      changed.delete(sessionId);
    },

    close: async () => {
      stop();
      stopListening();
      await writing?.catch(() => undefined);
      // Another process may be writing the same at this instant.
      for (let round = 0; round < closingRounds && hasUnwritten(); round += 1) await write('all');
    },
  };
}
