import { createHash, randomBytes } from 'node:crypto';
import type { Judge, Question } from '../../src/access/judge.ts';
import type { AuditEvent, AuditTrail } from '../../src/audit/audit-event.ts';
import type { Decision } from '../../src/decision/decision.ts';
import { Fault } from '../../src/decision/fault.ts';
import type { Metrics } from '../../src/metrics/metrics.ts';
import type { Page, PageContext, PageRenderer } from '../../src/pages/page.ts';
import type { EndCause, ReturnTarget, Session, SessionId, Sessions } from '../../src/sessions/session.ts';

export interface InMemorySessions extends Sessions {
  readonly ended: Map<SessionId, EndCause>;
  readonly live: Map<SessionId, Session>;
  readonly tickets: Map<string, { readonly session: Session; readonly target: ReturnTarget }>;
  isAway: boolean;
}

/** The session registry as far as the sign-in host can see it, in memory. */
export function createInMemorySessions(now: () => number): InMemorySessions {
  const targets = new Map<string, ReturnTarget>();
  const revokedAtMs = new Map<string, number>();
  const subjectOf = ({ issuer, subject }: { readonly issuer: string; readonly subject: string }) =>
    `${issuer} ${subject}`;
  const secret = () => randomBytes(16).toString('base64url');
  const sessions: InMemorySessions = {
    ended: new Map(),
    live: new Map(),
    tickets: new Map(),
    isAway: false,
    freshen: () => {
      if (sessions.isAway) throw new Fault('state_unavailable', 'The sessions of the test are away.');
      return undefined;
    },
    findByCredential: () => ({ found: 'nothing' }),
    touch: () => undefined,
    lastSeenAtMs: () => undefined,
    find: async (id) => sessions.live.get(id),
    async start(started, authenticatedAtMs) {
      const sinceMs = revokedAtMs.get(subjectOf(started.person));
      if (sinceMs !== undefined && (authenticatedAtMs === undefined || authenticatedAtMs <= sinceMs)) {
        return { outcome: 'revoked_since', sinceMs };
      }
      const id = `ses_${secret()}` as SessionId;
      const session = { ...started, id, version: 1, signedInAtMs: now(), expiresAtMs: now() + 43_200_000 };
      sessions.live.set(id, session);
      return { outcome: 'started', session };
    },
    async raise(id, proof) {
      const session = sessions.live.get(id);
      if (session === undefined) throw new Fault('state_conflict', 'The session has ended.');
      const raised = {
        ...session,
        provedAtMs: { ...session.provedAtMs, ...proof.provedAtMs },
        acr: proof.acr,
        amr: proof.amr,
        idToken: proof.idToken,
        version: session.version + 1,
      };
      sessions.live.set(id, raised);
      return raised;
    },
    async end(id, cause) {
      const session = sessions.live.get(id);
      if (session === undefined) return false;
      sessions.live.delete(id);
      sessions.ended.set(id, cause);
      if (cause === 'admin' || cause === 'user' || cause === 'risk' || cause === 'policy') {
        revokedAtMs.set(subjectOf(session.person), now());
      }
      return true;
    },
    onEnd: () => () => undefined,
    list: async () => [...sessions.live.values()].map((session) => ({ ...session, lastSeenAtMs: undefined })),
    async saveReturnTarget(target) {
      const id = secret();
      targets.set(id, target);
      return id;
    },
    findReturnTarget: async (id) => targets.get(id),
    async mintTicket(session, target) {
      const ticket = secret();
      sessions.tickets.set(ticket, { session, target });
      return ticket;
    },
    redeemTicket: async () => ({ outcome: 'refused', cause: 'spent' }),
    close: async () => undefined,
  };
  return sessions;
}

/** A judge that answers what the test says, and remembers what it was asked. */
export function createScriptedJudge(): Judge & {
  readonly questions: Question[];
  answer: (question: Question) => Decision;
} {
  const judge = {
    questions: [] as Question[],
    answer: (_question: Question): Decision => ({ outcome: 'allow', reason: 'granted', grant: undefined, trace: [] }),
    decide(question: Question) {
      judge.questions.push(question);
      const request = {
        method: question.method,
        path: question.path,
        address: question.address,
        nowMs: question.nowMs,
      };
      const facts = { request, person: undefined, authentication: undefined, device: undefined, risk: undefined };
      return { decision: judge.answer(question), facts, endsSession: false };
    },
  };
  return judge;
}

/** Pages as JSON, so that tests read what was meant and not how it looks. */
export function createPlainPages(): PageRenderer {
  return {
    contentSecurityPolicy: "default-src 'none'; style-src 'sha256-x'; form-action 'self'; frame-ancestors 'none'",
    render: (page: Page, context: PageContext) => JSON.stringify({ page, context }),
    words: (reason) => ({ title: reason, detail: reason, language: 'en' }),
  };
}

export function createInMemoryAudit(): AuditTrail & { readonly events: AuditEvent[]; isFailing: boolean } {
  const trail = {
    events: [] as AuditEvent[],
    isFailing: false,
    record: (event: AuditEvent) => void trail.events.push(event),
    async recordDurably(event: AuditEvent) {
      if (trail.isFailing) throw new Fault('audit_unavailable', 'The audit trail of the test is away.');
      trail.events.push(event);
    },
    acceptsEvents: () => !trail.isFailing,
    find: async () => undefined,
    close: async () => undefined,
  };
  return trail;
}

/** Metrics that remember each call as one line. */
export function createRecordedMetrics(): { readonly metrics: Metrics; readonly calls: string[] } {
  const calls: string[] = [];
  const metrics = new Proxy({} as Metrics, {
    get:
      (_target, name) =>
      (...values: readonly unknown[]) =>
        void calls.push([String(name), ...values].join(' ')),
  });
  return { metrics, calls };
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');
