import type { IncomingHttpHeaders } from 'node:http';
import { classifyClient } from '../http/classify-client.ts';

/** In which form a client can use a no. Everything here can be forged: it decides the form, never the answer. */
export type AnswerForm = 'page' | 'framed_page' | 'problem';

/** A page for navigations, RFC 9457 problems for everything else. */
export function answerForm(method: string, headers: IncomingHttpHeaders): AnswerForm {
  switch (classifyClient(headers, method, '/')) {
    case 'document':
    case 'document_post':
      return 'page';
    case 'frame':
      return 'framed_page';
    default:
      return 'problem';
  }
}

/**
 * Whether a person is going somewhere: only then an attempt to sign in is begun. Background requests would each plant a
 * cookie until servers answer 431. A client without Fetch Metadata (curl, older browsers) is believed.
 */
export function isNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || headers['sec-purpose'] !== undefined || headers['purpose'] !== undefined) return false;
  if (headers['sec-fetch-mode'] !== undefined) return classifyClient(headers, method, '/') === 'document';
  return headers['x-requested-with'] === undefined && headers.authorization === undefined;
}
