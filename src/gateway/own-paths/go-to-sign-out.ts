import { ownAnswerHeaders } from '../../http/answer-headers.ts';
import { authOrigin } from '../answers/no.ts';
import type { Received } from '../stages.ts';

/** Sign-out is one place: the sign-in host, which asks before it acts, so that another site cannot sign anybody out. */
export function goToSignOut(received: Received): void {
  const { response } = received.arrival;
  for (const [name, value] of ownAnswerHeaders(received.decisionId, 'granted')) response.setHeader(name, value);
  response.setHeader('Location', `${authOrigin(received)}/.postern/sign-out`);
  response.writeHead(303);
  response.end();
}
