import type { Request } from 'express';
import { z } from 'zod';
import type { SessionId } from '../sessions/session.ts';
import { AdminProblem } from './admin-problem.ts';

/** Reads what a request brought; a problem that names each thing that is wrong with it, never its value. */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown, what: string): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || what}: ${issue.message}`);
  throw new AdminProblem('request_malformed', `The ${what} is not as expected. ${faults.join('; ')}`);
}

/** The JSON body; `undefined` when there is none. A body of another type is refused, since it would be ignored. */
export function readBody(request: Request): unknown {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return undefined;
  if (request.is('application/json') === false) {
    throw new AdminProblem('content_type_wrong', 'Send Content-Type: application/json.');
  }
  return request.body;
}

/** The id of a session in a path. */
export const sessionIdSchema = z
  .string()
  .regex(/^ses_[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'a session id is ses_ and a ULID')
  .transform((text) => text as SessionId);
