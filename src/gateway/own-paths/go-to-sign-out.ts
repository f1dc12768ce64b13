import { headersOf } from '../answers/headers-of.ts';
import { authOrigin } from '../answers/no.ts';
import type { Received } from '../stages.ts';

/** Sign-out is one place: the sign-in host, which asks before it acts, so that another site cannot sign anybody out. */
export async function goToSignOut(received: Received): Promise<undefined> {
  const { response } = received.arrival;
  const location = `${authOrigin(received)}/.postern/sign-out`;
  response.writeHead(303, headersOf(received, { reason: 'granted', location }));
  response.end();
  return undefined;
}
