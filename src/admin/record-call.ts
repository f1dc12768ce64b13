import type { Request, Response } from 'express';
import type { ActivityEvent } from '../audit/audit-event.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { AdminDependencies } from './admin-dependencies.ts';

/** What a route did, for the trail. */
export interface AdminAction {
  readonly type?: 'admin_call' | 'session_ended' | 'device_facts_set' | 'lock_set' | 'lock_lifted' | 'browser_removed';
  readonly action: string;
  readonly sessionId?: string;
  readonly subject?: ActivityEvent['subject'];
  readonly detail?: ActivityEvent['detail'];
}

/** The decision id of a request to the admin listener; set before anything else. */
export function decisionIdOf(response: Response): DecisionId {
  return response.locals['decisionId'];
}

/** Puts an admin call on the disk of the trail. Rejects with `Fault('audit_unavailable')` where `on_failure` is `deny`. */
export function recordCall(
  { audit, now, config }: Pick<AdminDependencies, 'audit' | 'now' | 'config'>,
  request: Request,
  response: Response,
  result: ActivityEvent['result'],
  { type = 'admin_call', action, sessionId, subject, detail }: AdminAction,
): Promise<void> {
  return audit.recordDurably({
    type,
    atMs: now(),
    decisionId: decisionIdOf(response),
    config: config(),
    result,
    reason: undefined,
    sessionId,
    subject,
    address: request.socket.remoteAddress,
    detail: { by: 'admin_token', action, method: request.method, ...detail },
  });
}
