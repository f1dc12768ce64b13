import type { AskedServer } from './admin-command.ts';
import { list, number, object, optional, type ShapeOf, text } from './answer-shape.ts';
import { cleanText } from './table.ts';

export const session = object({
  id: text,
  subject: text,
  email: optional(text),
  signed_in_at: text,
  last_seen_at: optional(text),
  expires_at: text,
  signed_in_from: object({ address: text }),
});
export type Session = ShapeOf<typeof session>;

/** A sentence where this is no id of a session; a server would only say that it is malformed. */
export function problemOfSessionId(id: string): string | undefined {
  if (/^ses_[0-9A-Z]{26}$/.test(id)) return undefined;
  return `"${cleanText(id)}" is no session id: it is ses_ and 26 digits and capital letters. See who is signed in: postern sessions list`;
}

const listed = object({ sessions: list(session), total: number, next: optional(text) });

export const goneSession = 'No session has this id, or it has ended. See who is signed in: postern sessions list';

/** The sessions of everybody, or of one person, page by page. A sentence in place of a page: it could not be had, and is the last. */
export async function* readSessionPages(
  server: AskedServer,
  user: string | undefined,
): AsyncGenerator<readonly Session[] | string> {
  for (let after: string | undefined; ; ) {
    const query = new URLSearchParams({
      ...(user === undefined ? {} : { user }),
      ...(after === undefined ? {} : { after }),
    });
    const reply = await server.ask({ path: `/api/v1/sessions?${query}`, answer: listed, notFound: goneSession });
    if (reply.outcome === 'failed') {
      yield reply.why;
      return;
    }
    yield reply.answer.sessions;
    after = reply.answer.next;
    if (after === undefined) return;
  }
}
