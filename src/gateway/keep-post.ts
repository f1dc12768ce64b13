import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Decision } from '../decision/decision.ts';
import { Fault } from '../decision/fault.ts';
import { originOn } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Judged, SentOn } from './stages.ts';

/** A form with an assertion of a few hundred groups has a tenth of it. */
const mostBytes = 256 * 1024;
/** What a form post of a browser says; others are an app's own uploads. */
const formType = /^application\/x-www-form-urlencoded\b/i;

/** Lets whoever posts from elsewhere press a button on a page of this host, since a browser brings no Lax cookie across sites. */
export interface PostToAsk extends SentOn {
  readonly asks: 'nothing' | 'sign_in' | 'proof';
}

/**
 * Keeps what a page of another site posted to one of the route's `cross_site_posts`, where nobody is known yet
 * (security-rules.md 41). `undefined`: it is not kept, and the answer is that of any other post.
 */
export async function keepPost(judged: Judged, parts: GatewayParts): Promise<PostToAsk | undefined> {
  const { received, route, client } = judged;
  const { decision } = judged.judgement;
  if (client !== 'document_post' || route.crossSitePosts === undefined) return undefined;
  // It has been asked about, and is still not allowed: the page comes once more, with what there is to do first.
  if (received.sentOn !== undefined) return { ...received.sentOn, asks: asksFor(decision) };
  const { arrival, target, nowMs } = received;
  if (decision.outcome !== 'sign_in' || target.method !== 'POST' || arrival.expectsContinue) return undefined;
  if (!route.crossSitePosts.has(target.path) || judged.identity.service !== undefined) return undefined;
  const { origin, 'content-type': contentType, 'content-length': length } = arrival.request.headers;
  const isFromElsewhere = origin !== undefined && origin !== originOn(arrival.listener, target.host);
  if (!isFromElsewhere || contentType === undefined || !formType.test(contentType)) return undefined;
  if (length === undefined || Number(length) > mostBytes) return undefined;
  const place = parts.inFlight.enter(judged);
  if (place === undefined) return undefined;
  try {
    const body = await readWhole(arrival.request);
    const post = { host: target.host, target: target.path + target.query, contentType, origin, body, keptAtMs: nowMs };
    return { sealed: parts.keptPosts.seal(post), origin, asks: 'nothing' };
  } finally {
    place.leave();
  }
}

function asksFor({ outcome }: Decision): PostToAsk['asks'] {
  if (outcome === 'sign_in') return 'sign_in';
  return outcome === 'step_up' ? 'proof' : 'nothing';
}

/**
 * Reads a body of a known length. Whoever leaves in the middle is a fault: there is nobody to answer. It flows, since only
 * there is a client noticed whose body hardly comes (src/server/watch-body.ts).
 */
export async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  try {
    await finished(request);
    return Buffer.concat(chunks);
  } catch (cause) {
    throw new Fault('client_gone', 'The client left before its request was complete.', { cause });
  }
}
