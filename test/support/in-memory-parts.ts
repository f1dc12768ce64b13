import type { Judge, Question } from '../../src/access/judge.ts';
import type { AuditEvent, AuditTrail } from '../../src/audit/audit-event.ts';
import type { Decision } from '../../src/decision/decision.ts';
import { Fault } from '../../src/decision/fault.ts';
import type { Metrics } from '../../src/metrics/metrics.ts';
import type { Page, PageContext, PageRenderer } from '../../src/pages/page.ts';

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
    contentSecurityPolicyFor: () =>
      "default-src 'none'; style-src 'sha256-x'; form-action 'self'; frame-ancestors 'none'",
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
    search: async () => ({ events: [], damaged: 0, isComplete: true }),
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
