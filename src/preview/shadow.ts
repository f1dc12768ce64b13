import { isPromise } from '../access/gather-device.ts';
import type { Judge, Judgement, Question } from '../access/judge.ts';
import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Decision } from '../decision/decision.ts';
import type { DecisionId } from '../decision/decision-id.ts';

/** What a request would have had in the place of what it had. */
export type ShadowChange = 'newly_denied' | 'newly_allowed' | 'newly_step_up' | 'not_comparable';

/** A decision that the shadow would have made otherwise. */
export interface ShadowDifference {
  readonly decisionId: DecisionId | undefined;
  readonly change: ShadowChange;
  readonly route: string;
  readonly host: string;
  readonly path: string;
  readonly subject: string | undefined;
  readonly outcome: Decision['outcome'];
  readonly reason: Decision['reason'];
  /** `undefined` where it could not be compared. */
  readonly shadowOutcome: Decision['outcome'] | undefined;
  readonly shadowReason: Decision['reason'] | undefined;
}

export interface ShadowStatus {
  readonly file: string;
  readonly hash: string;
  readonly sinceMs: number;
  readonly compared: number;
  readonly changes: Readonly<Record<ShadowChange, number>>;
}

/** A second configuration that decides beside the running one and has no effect at all: it is only counted. */
export interface Shadow {
  /** Begins anew with a configuration; `undefined` ends it. */
  set(snapshot: Snapshot | undefined): void;
  status(): ShadowStatus | undefined;
  /** Looks at a request after it was decided. Costs a comparison where there is no shadow. Never throws, never waits. */
  observe(question: Question, decided: Judgement | Promise<Judgement>): void;
}

export interface ShadowParts {
  /** One whose faults are heard by nobody: what goes wrong here is `not_comparable`. */
  readonly judge: Judge;
  readonly metrics: { shadowChanged(change: ShadowChange): void };
  /** Hears some of the differences. */
  readonly onDifference: (difference: ShadowDifference) => void;
  /** How many differences a minute are told. Default 20. */
  readonly toldPerMinute?: number;
  readonly now: () => number;
}

type Access = 'open' | 'step_up' | 'closed';

const accessOf: Readonly<Record<Decision['outcome'], Access>> = {
  allow: 'open',
  step_up: 'step_up',
  deny: 'closed',
  sign_in: 'closed',
};

const changeTo: Readonly<Record<Access, ShadowChange>> = {
  open: 'newly_allowed',
  step_up: 'newly_step_up',
  closed: 'newly_denied',
};

/** Builds a shadow that is off. */
export function createShadow(parts: ShadowParts): Shadow {
  const { judge, metrics, now, toldPerMinute = 20 } = parts;
  let running: { readonly snapshot: Snapshot; readonly sinceMs: number } | undefined;
  let compared = 0;
  let changes = noChanges();
  let minute = 0;
  let told = 0;

  function count(change: ShadowChange, question: Question, live: Decision, other: Decision | undefined): void {
    changes[change] += 1;
    metrics.shadowChanged(change);
    const thisMinute = Math.floor(now() / 60_000);
    if (thisMinute !== minute) [minute, told] = [thisMinute, 0];
    if (told >= toldPerMinute) return;
    told += 1;
    parts.onDifference({
      decisionId: question.decisionId,
      change,
      route: question.route.name,
      host: question.route.host,
      path: question.path,
      subject: question.session?.person.email ?? question.session?.person.subject,
      outcome: live.outcome,
      reason: live.reason,
      shadowOutcome: other?.outcome,
      shadowReason: other?.reason,
    });
  }

  async function compare(question: Question, live: Decision, snapshot: Snapshot): Promise<void> {
    const route = snapshot.routeTable.find(question.route.host, question.path);
    const other = route === undefined ? gone : await decideUnder(snapshot, route, question);
    if (running?.snapshot !== snapshot) return;
    compared += 1;
    if (isBroken(live) || isBroken(other)) return count('not_comparable', question, live, undefined);
    const [before, after] = [accessOf[live.outcome], accessOf[other.outcome]];
    if (before !== after) count(changeTo[after], question, live, other);
  }

  async function decideUnder(snapshot: Snapshot, route: Route, question: Question): Promise<Decision> {
    // A preview: risk learns nothing, and nothing that was proved is spent.
    return (await judge.decide({ ...question, snapshot, route, purpose: 'preview' })).decision;
  }

  async function compareLater(question: Question, decided: Judgement | Promise<Judgement>): Promise<void> {
    const of = running?.snapshot;
    if (of === undefined) return;
    const { decision } = isPromise(decided) ? await decided : decided;
    try {
      await compare(question, decision, of);
    } catch {
      if (running?.snapshot === of) count('not_comparable', question, decision, undefined);
    }
  }

  return {
    set(snapshot) {
      running = snapshot === undefined ? undefined : { snapshot, sinceMs: now() };
      compared = 0;
      changes = noChanges();
    },
    status: () =>
      running && {
        file: running.snapshot.file,
        hash: running.snapshot.hash,
        sinceMs: running.sinceMs,
        compared,
        changes: { ...changes },
      },
    observe(question, decided) {
      if (running === undefined) return;
      // After the request has gone on its way: it waits for nothing here.
      setImmediate(() => void compareLater(question, decided).catch(() => undefined));
    },
  };
}

/** A path that no route has under the shadow: a 404 for everybody. */
const gone: Decision = { outcome: 'deny', reason: 'route_unknown', trace: [] };

/** A fault says nothing about the rules. */
function isBroken({ reason }: Decision): boolean {
  return reason === 'policy_error' || reason === 'state_unavailable' || reason === 'posture_unavailable';
}

function noChanges(): Record<ShadowChange, number> {
  return { newly_denied: 0, newly_allowed: 0, newly_step_up: 0, not_comparable: 0 };
}

/** What the shadows of several workers have seen together; `undefined` when none has one. */
export function addShadows(all: readonly ShadowStatus[]): ShadowStatus | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, one) => ({
      file: sum.file,
      hash: sum.hash,
      sinceMs: Math.min(sum.sinceMs, one.sinceMs),
      compared: sum.compared + one.compared,
      changes: {
        newly_denied: sum.changes.newly_denied + one.changes.newly_denied,
        newly_allowed: sum.changes.newly_allowed + one.changes.newly_allowed,
        newly_step_up: sum.changes.newly_step_up + one.changes.newly_step_up,
        not_comparable: sum.changes.not_comparable + one.changes.not_comparable,
      },
    }),
    first,
  );
}
