import type { Route } from '../config/route.ts';
import { createLimiter } from '../http/limit-attempts.ts';
import { appOf } from '../pages/build-answer.ts';
import { openUrl } from '../pages/paths.ts';
import type { ProvedBrowser, ReturnTarget, Session } from '../sessions/session.ts';
import { type Answers, routeOf } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityDeps } from './identity-deps.ts';

/** Where a person is going: a target whose host is a configured route now. */
export interface Destination {
  readonly target: ReturnTarget;
  readonly route: Route;
}

/** Brings people on: to the app that they came from, or to the portal. */
export interface HandOver {
  /** Finds where an opaque id leads; `undefined` when it is unknown, expired, or its host is no longer routed. */
  find(exchange: Exchange, returnTargetId: string | undefined): Promise<Destination | undefined>;
  /** With a new ticket, whose credential carries what the session has proved by now. */
  withTicket(exchange: Exchange, session: Session, destination: Destination | undefined): Promise<void>;
  /** Where a new ticket leads, for a script; `undefined` when it was refused as a loop, which is answered then. */
  ticketUrl(
    exchange: Exchange,
    session: Session,
    destination: Destination,
    browser?: ProvedBrowser,
  ): Promise<string | undefined>;
  /** To the URL as it was asked for, without a ticket: the gateway decides anew. */
  withoutTicket(exchange: Exchange, session: Session | undefined, destination: Destination | undefined): Promise<void>;
}

/** More hand-overs than this of one browser to one URL in twenty seconds are a loop, whatever causes it. */
const mostHandOvers = 8;
const handOverWindowSeconds = 20;

export function createHandOver(deps: Pick<IdentityDeps, 'sessions'>, answers: Answers): HandOver {
  const limiter = createLimiter(mostHandOvers, handOverWindowSeconds);

  async function isLooping(
    exchange: Exchange,
    session: Session | undefined,
    destination: Destination,
  ): Promise<boolean> {
    const { target, route } = destination;
    const retryAfterSeconds = await limiter.take(`${session?.id ?? exchange.address} ${target.origin}${target.path}`);
    if (retryAfterSeconds === undefined) return false;
    answers.refuse(exchange, {
      reason: 'rate_limited',
      session,
      app: appOf(route),
      retryUrl: target.origin + target.path,
      retryAfterSeconds,
    });
    return true;
  }

  async function ticketUrl(
    exchange: Exchange,
    session: Session,
    destination: Destination,
    browser?: ProvedBrowser,
  ): Promise<string | undefined> {
    if (await isLooping(exchange, session, destination)) return undefined;
    const ticket = await deps.sessions.mintTicket(session, destination.target, browser);
    return `${destination.target.origin}/.postern/accept?ticket=${encodeURIComponent(ticket)}`;
  }

  async function backToPage(exchange: Exchange, session: Session | undefined, destination: Destination): Promise<void> {
    if (await isLooping(exchange, session, destination)) return;
    answers.redirect(exchange, openUrl(exchange.authOrigin, destination.route));
  }

  return {
    ticketUrl,
    async find(exchange, returnTargetId) {
      if (returnTargetId === undefined) return undefined;
      const target = await deps.sessions.findReturnTarget(returnTargetId);
      if (target === undefined || !isOriginOf(target.origin, target.host) || !target.path.startsWith('/')) {
        return undefined;
      }
      const route = routeOf(exchange.snapshot, target.host, target.path);
      return route === undefined ? undefined : { target, route };
    },
    async withTicket(exchange, session, destination) {
      if (destination === undefined) return answers.redirect(exchange, `${exchange.authOrigin}/`);
      if (destination.target.way === 'open') return backToPage(exchange, session, destination);
      const url = await ticketUrl(exchange, session, destination);
      if (url === undefined) return;
      // A sandboxed window goes nowhere by an answer with an opener policy; a redirect shows nothing that one would protect.
      if (destination.target.way === 'past_worker') exchange.response.removeHeader('Cross-Origin-Opener-Policy');
      answers.redirect(exchange, url);
    },
    async withoutTicket(exchange, session, destination) {
      if (destination === undefined) return answers.redirect(exchange, `${exchange.authOrigin}/`);
      if (destination.target.way === 'open') return backToPage(exchange, session, destination);
      if (await isLooping(exchange, session, destination)) return;
      answers.redirect(exchange, destination.target.origin + destination.target.path);
    },
  };
}

/** The record is ours, and still: nobody is sent to an origin that is not exactly its host's. */
function isOriginOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.origin === origin && url.hostname === host;
}
