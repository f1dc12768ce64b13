import type { CheckResult } from '../decision/decision.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { ReasonCode } from '../decision/reason.ts';

/** The media type of every problem body (RFC 9457 §3). */
export const problemContentType = 'application/problem+json';

const problemTypeBase = 'https://postern.example/problems/';

/** Members beside the standard ones, by what the client can do about it. */
export interface ProblemExtensions {
  /** Where to sign in; returns to the page that asked, never to an API's URL. */
  readonly loginUrl?: string | undefined;
  readonly isRetryableAfterLogin?: boolean | undefined;
  readonly stepUpUrl?: string | undefined;
  readonly acrValues?: readonly string[] | undefined;
  readonly maxAgeSeconds?: number | undefined;
  /** Seconds since 1970. */
  readonly authTimeSeconds?: number | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly deviceUrl?: string | undefined;
  readonly checks?: readonly CheckResult[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

export interface Problem extends ProblemExtensions {
  readonly reason: ReasonCode;
  readonly status: number;
  /** Constant per reason, in the client's language. */
  readonly title: string;
  readonly detail: string;
  readonly decisionId: DecisionId;
}

/** The body of a no for scripts and APIs: RFC 9457, with the reason as `code` and the other names in snake_case. */
export function buildProblem(problem: Problem): string {
  return JSON.stringify({
    type: `${problemTypeBase}${problem.reason.replaceAll('_', '-')}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:postern:decision:${problem.decisionId}`,
    code: problem.reason,
    decision_id: problem.decisionId,
    login_url: problem.loginUrl,
    retryable_after_login: problem.isRetryableAfterLogin,
    step_up_url: problem.stepUpUrl,
    acr_values: problem.acrValues,
    max_age: problem.maxAgeSeconds,
    auth_time: problem.authTimeSeconds,
    methods: problem.methods,
    device_url: problem.deviceUrl,
    checks: problem.checks?.map((check) => ({
      id: check.check,
      result: check.result,
      source: check.source,
      as_of: check.asOfMs === undefined ? undefined : new Date(check.asOfMs).toISOString(),
      help: check.helpUrl,
    })),
    retry_after: problem.retryAfterSeconds,
  });
}
