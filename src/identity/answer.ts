import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { LockNotice } from '../decision/decision.ts';
import { type ReasonCode, reasonCatalogue } from '../decision/reason.ts';
import { proxyStatusOf, retryAfterOf } from '../http/answer-headers.ts';
import { challengeToSignIn } from '../http/challenge.ts';
import { type AnswerBody, buildPage, buildProblemAnswer, personOf, refusalPage } from '../pages/build-answer.ts';
import type { AppSummary, Page, PageContext, PageRenderer } from '../pages/page.ts';
import type { Session } from '../sessions/session.ts';
import { answerForm } from './client-form.ts';
import type { Exchange } from './exchange.ts';

/** Sends every answer of the sign-in host. */
export interface Answers {
  /** A page that is not a no. */
  page(exchange: Exchange, page: Page, session: Session | undefined, status?: number): void;
  /** A no in the form that this client can use: the page, or a problem (RFC 9457) with the reason. */
  refuse(exchange: Exchange, refusal: Refusal): void;
  json(exchange: Exchange, body: unknown): void;
  redirect(exchange: Exchange, url: string): void;
}

export interface Refusal {
  readonly reason: ReasonCode;
  /** The page for documents; left out: the refusal page with these details. */
  readonly page?: Page;
  readonly status?: number;
  readonly session?: Session | undefined;
  readonly app?: AppSummary | undefined;
  readonly retryUrl?: string | undefined;
  readonly signInUrl?: string | undefined;
  readonly switchAccountUrl?: string | undefined;
  readonly retryAfterSeconds?: number;
  /** For `account_locked`. */
  readonly lock?: LockNotice | undefined;
}

export function createAnswers(deps: { readonly pages: PageRenderer; readonly isDevelopment: boolean }): Answers {
  function contextOf(exchange: Exchange, session: Session | undefined): PageContext {
    return {
      acceptLanguage: exchange.request.headers['accept-language'],
      decisionId: exchange.decisionId,
      nowMs: exchange.startedAtMs,
      authOrigin: exchange.authOrigin,
      person: personOf(session),
      isDevelopment: deps.isDevelopment,
      branding: exchange.snapshot.branding,
    };
  }

  function send({ response }: Exchange, body: AnswerBody): void {
    if (body.contentSecurityPolicy !== undefined) response.set('Content-Security-Policy', body.contentSecurityPolicy);
    for (let at = 0; at + 1 < body.extraHeaders.length; at += 2) {
      response.set(String(body.extraHeaders[at]), body.extraHeaders[at + 1]);
    }
    response
      .status(body.status)
      .type(body.contentType ?? '')
      .send(body.text);
  }

  function page(exchange: Exchange, content: Page, session: Session | undefined, status = 200): void {
    // A small page for a frame has nothing to click but a link to the whole window, and must be seen there.
    if (content.kind === 'refusal' && content.isFramed) exchange.response.removeHeader('X-Frame-Options');
    send(exchange, buildPage(content, status, contextOf(exchange, session), deps.pages));
  }

  function problem(exchange: Exchange, refusal: Refusal, status: number): void {
    const { reason, app, lock } = refusal;
    const extensions = { loginUrl: refusal.signInUrl, retryAfterSeconds: refusal.retryAfterSeconds };
    const context = contextOf(exchange, refusal.session);
    send(exchange, buildProblemAnswer({ reason, status, app, lock }, extensions, context, deps.pages));
  }

  return {
    page,
    refuse(exchange, refusal) {
      const status = refusal.status ?? reasonCatalogue[refusal.reason].status;
      exchange.response.set('Proxy-Status', proxyStatusOf(refusal.reason));
      if (status === 401) exchange.response.set('WWW-Authenticate', challengeToSignIn());
      if (refusal.retryAfterSeconds !== undefined) {
        exchange.response.set('Retry-After', retryAfterOf(refusal.retryAfterSeconds));
      }
      const form = answerForm(exchange.request.method, exchange.request.headers);
      if (form === 'problem') return problem(exchange, refusal, status);
      const { reason, app, lock, retryUrl, signInUrl, switchAccountUrl } = refusal;
      const told = { reason, status, app, lock, retryUrl, signInUrl, switchAccountUrl };
      const content = refusal.page ?? refusalPage({ ...told, isFramed: form === 'framed_page' });
      page(exchange, content, refusal.session, status);
    },
    json(exchange, body) {
      exchange.response.type('json').send(JSON.stringify(body));
    },
    redirect(exchange, url) {
      // Not express's redirect(): it writes the URL, which can hold a ticket, into a body as well.
      exchange.response.status(303).set('Location', url).end();
    },
  };
}

/** `/.postern/login` with the return target that goes with it. */
export function loginUrl(returnTargetId: string | undefined, provider?: string): string {
  const path = provider === undefined ? '/.postern/login' : `/.postern/login/${encodeURIComponent(provider)}`;
  return returnTargetId === undefined ? path : `${path}?rt=${encodeURIComponent(returnTargetId)}`;
}

/** `/.postern/step-up` for a return target. */
export function stepUpPath(returnTargetId: string): string {
  return `/.postern/step-up?rt=${encodeURIComponent(returnTargetId)}`;
}

/** The route that a canonical path and query of a host belong to, now. */
export function routeOf(snapshot: Snapshot, host: string, pathAndQuery: string): Route | undefined {
  return snapshot.routeTable.find(host, pathOf(pathAndQuery));
}

/** The path without its query. */
export function pathOf(pathAndQuery: string): string {
  const at = pathAndQuery.indexOf('?');
  return at === -1 ? pathAndQuery : pathAndQuery.slice(0, at);
}
