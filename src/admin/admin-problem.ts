import type { NextFunction, Request, Response } from 'express';
import type { DecisionId } from '../decision/decision-id.ts';
import { toFault } from '../decision/fault.ts';

/** What can go wrong at the admin listener. The code is the contract; titles may change. */
const problems = {
  host_not_allowed: { status: 421, title: 'This host name is not served here' },
  origin_not_allowed: { status: 403, title: 'Pages of other origins may not call the admin API' },
  token_required: { status: 401, title: 'The admin token is needed' },
  token_wrong: { status: 401, title: 'This is not the admin token' },
  rate_limited: { status: 429, title: 'Too many refused calls' },
  too_many_followers: { status: 429, title: 'As many follow the decisions as may' },
  not_found: { status: 404, title: 'There is nothing here' },
  ambiguous: { status: 409, title: 'Several are meant' },
  method_not_allowed: { status: 405, title: 'This method is not known here' },
  request_malformed: { status: 400, title: 'The request cannot be understood' },
  content_type_wrong: { status: 415, title: 'The body must be application/json' },
  request_too_large: { status: 413, title: 'The body is too large' },
  reload_unavailable: { status: 409, title: 'This program cannot reload its configuration' },
  state_unavailable: { status: 503, title: 'The state store does not answer' },
  audit_unavailable: { status: 503, title: 'The audit trail cannot be written' },
  internal: { status: 500, title: 'Something unexpected happened' },
} as const;

export type AdminProblemCode = keyof typeof problems;

/** Thrown by a route that has to say no; `answerProblem` gives it its form. */
export class AdminProblem extends Error {
  readonly code: AdminProblemCode;
  /** Members of the answer beside those that every problem has. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: AdminProblemCode, detail: string, more: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.more = more;
    this.name = 'AdminProblem';
    this.code = code;
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** The one door through which what was thrown becomes a problem. Nothing of an unknown error is told. */
export function toAdminProblem(thrown: unknown): AdminProblem {
  if (thrown instanceof AdminProblem) return thrown;
  const fault = toFault(thrown);
  switch (fault.code) {
    case 'state_unwritable':
      return new AdminProblem('state_unavailable', fault.message);
    case 'state_unavailable':
    case 'state_corrupt':
      return new AdminProblem('state_unavailable', 'Try again. If it stays so, look at the state file and its disk.');
    case 'audit_unavailable':
      return new AdminProblem('audit_unavailable', 'Look at the disk of the audit folder.');
    case 'config_invalid':
      return new AdminProblem('request_malformed', fault.message);
    case 'request_too_large':
      return new AdminProblem('request_too_large', 'Send less.');
    default:
      return bodyProblem(thrown) ?? new AdminProblem('internal', 'The log says more under this decision id.');
  }
}

// express.json throws errors with a `type`; they are told by it, never by text.
function bodyProblem(thrown: unknown): AdminProblem | undefined {
  const type = typeof thrown === 'object' && thrown !== null && 'type' in thrown ? thrown.type : undefined;
  if (type === 'entity.too.large') return new AdminProblem('request_too_large', 'A body has at most 16 KiB.');
  if (type === 'entity.parse.failed') return new AdminProblem('request_malformed', 'The body is not JSON.');
  const status = typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined;
  if (status === 415) return new AdminProblem('content_type_wrong', 'Send UTF-8 without compression.');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AdminProblem('request_malformed', 'The request could not be read.');
  }
  return undefined;
}

/** Answers with a problem body (RFC 9457). */
export function answerProblem(response: Response, problem: AdminProblem, decisionId: DecisionId): void {
  const { status, title } = problems[problem.code];
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="postern-admin"');
  response.status(status).type('application/problem+json');
  response.send(
    JSON.stringify({
      type: `https://postern.example/problems/${problem.code.replaceAll('_', '-')}`,
      title,
      status,
      detail: problem.message,
      instance: `urn:postern:decision:${decisionId}`,
      code: problem.code,
      decision_id: decisionId,
      ...problem.more,
    }),
  );
}

/** A route for every method that a path does not have. */
export function refuseMethod(allowed: string) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    response.setHeader('Allow', allowed);
    next(new AdminProblem('method_not_allowed', `Use ${allowed}.`));
  };
}
