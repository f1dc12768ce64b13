import * as z from 'zod';
import { answerBody, duration, link } from './text-values.ts';

/** Statuses that lead elsewhere (RFC 9110 section 15.4). */
const redirectStatuses = [301, 302, 303, 307, 308] as const;

/** `redirect` of a route: people are led elsewhere, and there is no app. */
export const redirectSchema = z
  .strictObject({
    to: link.describe('Where people are led.'),
    status: z
      .literal(redirectStatuses)
      .default(302)
      .describe('308 keeps the method and the body, 303 makes it a GET; 301 and 308 say that it is for good.'),
    keep_path: z
      .boolean()
      .default(false)
      .describe('true: the path and the query that were asked for come behind the address.'),
  })
  .optional()
  .describe('Leads people elsewhere, in place of `to`. The rules of the route decide whom.');

/** `respond` of a route: everybody gets the same answer, and there is no app. */
export const respondSchema = z
  .strictObject({
    status: z.number().int().min(200).max(599).default(200).describe('The status of the answer.'),
    text: answerBody('User-agent: *').optional().describe('The body as plain text.'),
    html: answerBody('<h1>Back at nine</h1>')
      .optional()
      .describe(
        'The body as a page. Its own styles and pictures in data: addresses are shown; nothing else is loaded or run.',
      ),
    json: answerBody('{"ok":true}').optional().describe('The body as JSON, written out.'),
    retry_after: duration(1_000, 86_400_000).optional().describe('When it is worth trying again (`Retry-After`).'),
  })
  .optional()
  .describe('Answers itself, in place of `to`: maintenance, a robots.txt, an address that is gone.');
