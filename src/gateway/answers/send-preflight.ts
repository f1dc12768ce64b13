import type { Judged } from '../stages.ts';
import { headersOf } from './headers-of.ts';

const rememberForSeconds = '600';

/** Answers a CORS preflight from the route's `cors`; it carries no cookie, so nobody is asked to sign in (Fetch standard). */
export function sendPreflight(judged: Judged): void {
  const { received } = judged;
  const { request, response } = received.arrival;
  const headers = headersOf(received, {
    reason: 'preflight',
    corsOrigin: request.headers.origin,
  });
  headers.push('Access-Control-Allow-Methods', grantedMethods(judged).join(', '));
  const wanted = request.headers['access-control-request-headers'];
  if (wanted !== undefined) headers.push('Access-Control-Allow-Headers', wanted);
  headers.push('Access-Control-Max-Age', rememberForSeconds);
  response.writeHead(204, headers);
  response.end();
}

function grantedMethods(judged: Judged): readonly string[] {
  const named = new Set(judged.route.policy.grants.flatMap((grant) => [...(grant.methods ?? [])]));
  return named.size === 0 ? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] : [...named];
}
