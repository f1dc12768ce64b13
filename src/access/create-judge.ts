import type { Route } from '../config/route.ts';
import type { Decision, Deny } from '../decision/decision.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { DeviceFacts, Facts, PersonFacts, RiskFacts } from '../decision/facts.ts';
import { type Fault, reasonForFault, toFault } from '../decision/fault.ts';
import type { Devices } from '../devices/device.ts';
import type { LockSubject, Locks } from '../locks/create-locks.ts';
import { denyByLock } from '../locks/lock.ts';
import { evaluate } from '../policy/evaluate.ts';
import { endingByRisk } from '../policy/risk-response.ts';
import type { ConditionFailure, OnFailure } from '../policy/rule-outcome.ts';
import { newestProofAtMs } from '../policy/step-up-satisfied.ts';
import type { Risk } from '../risk/risk.ts';
import type { Session } from '../sessions/session.ts';
import { beginWarnings } from './begin-warnings.ts';
import { gatherDevice, isPromise } from './gather-device.ts';
import type { Judge, Judgement, Question } from './judge.ts';

export interface JudgeDependencies {
  readonly devices: Pick<Devices, 'judgePosture' | 'firstWarnings'>;
  readonly risk: Pick<Risk, 'load' | 'assess' | 'peek'>;
  readonly locks: Pick<Locks, 'load' | 'find'>;
  /** Hears of conditions that broke, by rule. */
  readonly onConditionFailure?: (route: Route, failure: ConditionFailure, decisionId: DecisionId | undefined) => void;
  /** Hears what broke, for log and metrics: the answer says only that something did. */
  readonly onFault?: (part: 'posture' | 'state' | 'policy', fault: Fault, decisionId: DecisionId | undefined) => void;
}

/** True when the session is bound to a device, and this connection does not have that device (security-rules.md 10). */
function isOnForeignDevice({ session, device, nowMs }: Question): boolean {
  if (session?.deviceFingerprint === undefined) return false;
  return device === undefined || nowMs > device.notAfterMs || device.fingerprint !== session.deviceFingerprint;
}

/**
 * Builds the judge: gathers the facts that the route's rules can read, and asks the policy. Only postures that the route
 * names are judged, so that trouble with device facts closes those routes alone.
 *
 * A session bound to a device that this connection does not have is over: nobody is signed in for this request, the
 * answer is `session_revoked` where a session is needed, and `endsSession` is true, also on public routes.
 *
 * A lock comes before every rule: no rule is asked, risk learns nothing, and the answer is `account_locked`.
 *
 * Whatever breaks is a no: `state_unavailable` when the store does not answer, otherwise `policy_error`. Never throws,
 * never rejects. Call after the memories were made true (`freshen`).
 */
export function createJudge({ devices, risk, locks, onFault, onConditionFailure }: JudgeDependencies): Judge {
  const listeners = new WeakMap<Route, OnFailure>();
  /** What is evaluated now: nothing is waited for meanwhile, so that one listener serves every request of a route. */
  let evaluating: DecisionId | undefined;

  /** One for each route, so that a request builds none. */
  function heardOf(route: Route): OnFailure | undefined {
    if (onConditionFailure === undefined) return undefined;
    const known = listeners.get(route);
    if (known !== undefined) return known;
    const listener: OnFailure = (failure) => onConditionFailure(route, failure, evaluating);
    listeners.set(route, listener);
    return listener;
  }

  const onPostureFault = (thrown: unknown, { decisionId }: Question): void =>
    onFault?.('posture', toFault(thrown), decisionId);

  function riskOf(question: Question, session: Session): RiskFacts {
    const { provedAtMs, nowMs, snapshot, purpose } = question;
    const { id: sessionId, person } = session;
    const lastProofAtMs = newestProofAtMs(provedAtMs, nowMs) ?? 0;
    if (purpose === 'preview') return risk.peek({ sessionId, person }, lastProofAtMs, snapshot.risk, nowMs);
    const observation = {
      sessionId,
      person,
      address: question.address,
      userAgent: question.userAgent,
      fetch: question.fetch,
      platform: question.platform,
      device: question.device?.fingerprint,
      route: question.route.name,
      path: question.path,
      nowMs,
      lastProofAtMs,
      steppedUpAtMs: steppedUpAtMs(question, session),
    };
    return risk.assess(observation, snapshot.risk);
  }

  function conclude(question: Question, session: Session | undefined, device: DeviceFacts | undefined): Judgement {
    const isForeignDevice = session !== question.session;
    const lock = locks.find(holderOf(question, session), question.nowMs);
    if (lock !== undefined) {
      return { decision: denyByLock(lock), facts: bareFacts(question, session), endsSession: isForeignDevice };
    }
    const facts: Facts = {
      ...bareFacts(question, session),
      authentication: session === undefined ? undefined : { provedAtMs: question.provedAtMs },
      device,
      risk: session === undefined ? undefined : riskOf(question, session),
    };
    const { policy } = question.route;
    evaluating = question.decisionId;
    const decision = withEndedSession(evaluate(policy, facts, heardOf(question.route)), question, isForeignDevice);
    const ending = endingByRisk(decision, facts.risk, policy);
    const endsSession = isForeignDevice || ending !== undefined;
    if (ending !== 'lock') return { decision, facts, endsSession };
    const { lockForMs } = policy.riskResponse;
    const untilMs = lockForMs === undefined ? undefined : question.nowMs + lockForMs;
    return { decision, facts, endsSession, locksPerson: { untilMs } };
  }

  /** A yes by a first warning counts once the warning is on disk: otherwise it could begin anew. */
  function noting(question: Question, judgement: Judgement): Judgement | Promise<Judgement> {
    const begun = beginWarnings(question, judgement, devices.firstWarnings);
    return begun === undefined
      ? judgement
      : begun.then(
          () => judgement,
          (thrown: unknown) => refuse(question, thrown),
        );
  }

  function refuse(question: Question, thrown: unknown): Judgement {
    const fault = toFault(thrown);
    const reason = denyReasonOf(fault);
    onFault?.(reason === 'state_unavailable' ? 'state' : 'policy', fault, question.decisionId);
    const decision = { outcome: 'deny', reason, trace: [] } as const;
    return { decision, facts: bareFacts(question, question.session), endsSession: false };
  }

  async function concludeLater(
    question: Question,
    session: Session | undefined,
    loading: Promise<void> | undefined,
    gathering: DeviceFacts | undefined | Promise<DeviceFacts>,
  ): Promise<Judgement> {
    try {
      const [device] = await Promise.all([gathering, loading]);
      return await noting(question, conclude(question, session, device));
    } catch (thrown) {
      return refuse(question, thrown);
    }
  }

  return {
    decide: (question) => {
      try {
        const session = isOnForeignDevice(question) ? undefined : question.session;
        const loading = bothOf(locks.load(), session && risk.load({ sessionId: session.id, person: session.person }));
        const device = gatherDevice(question, devices, session, onPostureFault);
        if (loading === undefined && (device === undefined || !isPromise(device))) {
          return noting(question, conclude(question, session, device));
        }
        return concludeLater(question, session, loading, device);
      } catch (thrown) {
        return refuse(question, thrown);
      }
    },
  };
}

/** How long after the sign-in a password's time may still be that of the sign-in. */
const signInMs = 60_000;

/**
 * The newest second factor that the credential carries. Where the providers have none, a password that was asked for
 * again: the one of the sign-in is what a thief would have.
 */
function steppedUpAtMs({ provedAtMs, nowMs, route }: Question, { signedInAtMs }: Session): number {
  let newest = 0;
  for (const method of route.policy.stepUpMethods) {
    const at = provedAtMs[method];
    if (at === undefined || at > nowMs || at <= newest) continue;
    if (method !== 'password' || at > signedInAtMs + signInMs) newest = at;
  }
  return newest;
}

/** In the common case there is nothing to wait for, and no promise is made. */
function bothOf(one: Promise<void> | undefined, other: Promise<void> | undefined): Promise<void> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Promise.all([one, other]).then(() => undefined);
}

/** Who asks for what, without anything that rules read beside. */
function bareFacts(question: Question, session: Session | undefined): Facts {
  return {
    request: requestOf(question),
    person: session === undefined ? undefined : personOf(session),
    ...serviceOf(question),
    authentication: undefined,
    device: undefined,
    risk: undefined,
  };
}

/** Absent for people, so that their facts stay as they are. */
function serviceOf({ service, nowMs }: Question): Pick<Facts, 'service'> {
  if (service === undefined) return {};
  const { id, provedBy } = service;
  return { service: { serviceId: id, provedBy, source: 'connection', asOfMs: nowMs } };
}

function requestOf({ method, path, address, nowMs }: Question): Facts['request'] {
  return { method, path, address, nowMs };
}

/** Says why there is no session, where somebody had one. */
function withEndedSession(decision: Decision, { endedBecause }: Question, isForeignDevice: boolean): Decision {
  if (decision.outcome !== 'sign_in') return decision;
  if (isForeignDevice) return { ...decision, reason: 'session_revoked' };
  switch (endedBecause) {
    case undefined:
      return decision;
    case 'idle':
    case 'absolute':
      return { ...decision, reason: 'session_expired' };
    case 'revoked':
      return { ...decision, reason: 'session_revoked' };
  }
}

function denyReasonOf(fault: Fault): Deny['reason'] {
  return reasonForFault(fault) === 'state_unavailable' ? 'state_unavailable' : 'policy_error';
}

/** Whose locks keep a request out. @param session the one that counts: not that of a foreign device */
function holderOf({ route, device }: Question, session: Session | undefined): LockSubject {
  return { person: session?.person, sessionId: session?.id, deviceId: device?.deviceId, route: route.name };
}

const peopleOfSessions = new WeakMap<Session, PersonFacts>();

/** The person of a session, as rules see one. The same session object answers the same facts, so that a request builds nothing. */
function personOf(session: Session): PersonFacts {
  const known = peopleOfSessions.get(session);
  if (known !== undefined) return known;
  const person: PersonFacts = { ...session.person, sessionId: session.id };
  peopleOfSessions.set(session, person);
  return person;
}
