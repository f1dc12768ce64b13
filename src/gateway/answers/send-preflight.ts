import { ownAnswerHeaders } from '../../http/answer-headers.ts';
import type { Judged } from '../stages.ts';

/** Answers a CORS preflight from the route's `cors`; it carries no cookie, so nobody is asked to sign in (Fetch standard). */
export function sendPreflight(judged: Judged): void {
  const { received } = judged;
  const { request, response } = received.arrival;
  for (const [name, value] of ownAnswerHeaders(received.decisionId, 'preflight')) response.setHeader(name, value);
  response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '');
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Allow-Methods', grantedMethods(judged).join(', '));
  const wanted = request.headers['access-control-request-headers'];
  if (wanted !== undefined) response.setHeader('Access-Control-Allow-Headers', wanted);
  response.setHeader('Access-Control-Max-Age', '600');
  response.setHeader('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
  response.writeHead(204);
  response.end();
}

function grantedMethods(judged: Judged): readonly string[] {
  const named = new Set(judged.route.policy.grants.flatMap((grant) => [...(grant.methods ?? [])]));
  return named.size === 0 ? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] : [...named];
}
