import type { IncomingHttpHeaders } from 'node:http';

/** In which form a client can use a no. Everything here can be forged: it decides the form, never the answer. */
export type AnswerForm = 'page' | 'framed_page' | 'problem';

/** A page for navigations, RFC 9457 problems for everything else (experience.md §4.3). */
export function answerForm(headers: IncomingHttpHeaders): AnswerForm {
  const mode = headers['sec-fetch-mode'];
  if (mode !== undefined) {
    if (mode !== 'navigate') return 'problem';
    return isFrame(headers) ? 'framed_page' : 'page';
  }
  if (headers.authorization !== undefined || headers['x-requested-with'] !== undefined) return 'problem';
  return headers.accept?.toLowerCase().includes('text/html') === true ? 'page' : 'problem';
}

/**
 * Whether a person is going somewhere: only then an attempt to sign in is begun. Background requests would each plant a
 * cookie until servers answer 431. A client without Fetch Metadata (curl, older browsers) is believed.
 */
export function isNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET') return false;
  if (headers['sec-purpose'] !== undefined || headers['purpose'] !== undefined) return false;
  const mode = headers['sec-fetch-mode'];
  if (mode === undefined) return headers['x-requested-with'] === undefined && headers.authorization === undefined;
  return mode === 'navigate' && !isFrame(headers);
}

function isFrame(headers: IncomingHttpHeaders): boolean {
  const destination = headers['sec-fetch-dest'];
  return destination !== undefined && destination !== 'document' && destination !== 'empty';
}
