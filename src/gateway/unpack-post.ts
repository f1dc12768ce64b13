import { toFault } from '../decision/fault.ts';
import { hostHeader } from '../http/canonical-target.ts';
import { IncomingMessage } from '../http/node-http.ts';
import { parseCanonicalTarget } from '../http/parse-canonical-target.ts';
import { sendOnField, sendOnPath } from '../pages/paths.ts';
import { isOwnPort } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { readWhole } from './keep-post.ts';
import type { KeptPost } from './kept-posts.ts';
import { type Received, type Refusal, refusalOf } from './stages.ts';

/** A kept post in base64 twice over, and what is around it. */
const mostBytes = 1024 * 1024;

/** True for the button of a page that asks about a kept post. */
export function isSentOn({ target, snapshot, arrival }: Received): boolean {
  if (target.path !== sendOnPath || target.method !== 'POST') return false;
  return snapshot.routeTable.hasHost(target.host) && isOwnPort(arrival.listener, target.port);
}

/**
 * Turns the press of that button into the request that was kept, with its body and its `Origin`: everything after this
 * stage sees no difference, so that what is judged is what is forwarded. Only the page itself can press it.
 */
export async function unpackPost(received: Received, parts: GatewayParts): Promise<Received | Refusal> {
  const { arrival, target } = received;
  const { request } = arrival;
  const length = Number(request.headers['content-length']);
  // A page of another site, or of a sibling's host, could press it with a post of its own making.
  if (request.headers['sec-fetch-site'] !== 'same-origin')
    return refusalOf(received, 'origin_not_allowed', 'A kept post was sent on from another page than ours.');
  if (!(length <= mostBytes)) return lost(received, 'A kept post came without a length, or with too large a one.');
  const place = parts.inFlight.enter({ received, identity: nobody });
  if (place === undefined) return refusalOf(received, 'rate_limited', 'Too many requests of this client are running.');
  try {
    if (arrival.expectsContinue) arrival.response.writeContinue();
    const form = new URLSearchParams((await readWhole(request)).toString('latin1'));
    const sealed = form.get(sendOnField) ?? '';
    const post = parts.keptPosts.open(sealed, parts.now());
    if (post?.host !== target.host) return lost(received, 'A kept post was altered, too old, or of another host.');
    const parsed = parseCanonicalTarget(
      { method: 'POST', url: post.target, rawHeaders: ['Host', hostHeader(target)] },
      'kept',
    );
    if (parsed.outcome === 'refused') return lost(received, parsed.detail);
    return {
      ...received,
      target: parsed.target,
      client: 'document_post',
      arrival: { ...arrival, request: asItCame(request, post), expectsContinue: false },
      sentOn: { sealed, origin: post.origin },
    };
  } catch (thrown) {
    return { ...lost(received, toFault(thrown).message), isFault: true };
  } finally {
    place.leave();
  }
}

const nobody = { session: undefined, credential: undefined, device: undefined, endedBecause: undefined };

function lost(received: Received, detail: string): Refusal {
  return { ...refusalOf(received, 'sign_in_lost', detail), client: 'document_post' };
}

/** What the button's own request says of its body and of where it comes from is not what the app is to hear. */
const replaced: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'content-type',
  'origin',
  'referer',
]);

function asItCame(button: IncomingMessage, { contentType, origin, body, target }: KeptPost): IncomingMessage {
  const own = ['content-type', contentType, 'content-length', String(body.length), 'origin', origin];
  const fetched = ['sec-fetch-site', 'cross-site', 'sec-fetch-mode', 'navigate', 'sec-fetch-dest', 'document'];
  const rawHeaders: string[] = [];
  const headers: IncomingMessage['headers'] = {};
  for (const [name, value] of Object.entries(button.headers)) {
    if (!replaced.has(name) && !name.startsWith('sec-fetch-')) headers[name] = value;
  }
  for (let index = 0; index < button.rawHeaders.length; index += 2) {
    const name = button.rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (!replaced.has(lower) && !lower.startsWith('sec-fetch-'))
      rawHeaders.push(name, button.rawHeaders[index + 1] ?? '');
  }
  const added = [...own, ...fetched];
  for (let index = 0; index < added.length; index += 2) headers[added[index] ?? ''] = added[index + 1];
  const request = new IncomingMessage(button.socket);
  const { httpVersion, httpVersionMajor, httpVersionMinor } = button;
  Object.assign(request, { httpVersion, httpVersionMajor, httpVersionMinor, method: 'POST', url: target });
  Object.assign(request, { headers, rawHeaders: [...rawHeaders, ...added], complete: true });
  request.push(body);
  request.push(null);
  return request;
}
