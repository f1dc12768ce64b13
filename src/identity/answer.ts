import type { Route, Snapshot } from '../config/snapshot.ts';
import type { LockNotice } from '../decision/decision.ts';
import { type ReasonCode, reasonCatalogue } from '../decision/reason.ts';
import { proxyErrorOf } from '../http/answer-headers.ts';
import { challengeToSignIn } from '../http/challenge.ts';
import { buildProblem, problemContentType } from '../http/problem.ts';
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
      person: session === undefined ? undefined : { name: session.person.name, email: session.person.email },
      isDevelopment: deps.isDevelopment,
      branding: exchange.snapshot.branding,
    };
  }

  function page(exchange: Exchange, content: Page, session: Session | undefined, status = 200): void {
    const { branding } = exchange.snapshot;
    const html = deps.pages.render(content, contextOf(exchange, session));
    exchange.response.set('Content-Security-Policy', deps.pages.contentSecurityPolicyFor(content, { branding }));
    // A small page for a frame has nothing to click but a link to the whole window, and must be seen there.
    if (content.kind === 'refusal' && content.isFramed) exchange.response.removeHeader('X-Frame-Options');
    exchange.response.status(status).type('html').send(html);
  }

  function problem(exchange: Exchange, refusal: Refusal, status: number): void {
    const acceptLanguage = exchange.request.headers['accept-language'];
    const { title, detail, language } = deps.pages.words(refusal.reason, { acceptLanguage, app: refusal.app });
    const { decisionId } = exchange;
    const { lock } = refusal;
    const body = buildProblem({
      reason: refusal.reason,
      status,
      title,
      detail: lock?.message === undefined ? detail : `${detail} ${lock.message}`,
      decisionId,
      loginUrl: refusal.signInUrl,
      retryAfterSeconds: refusal.retryAfterSeconds,
    });
    exchange.response.status(status).set('Content-Language', language).type(problemContentType).send(body);
  }

  return {
    page,
    refuse(exchange, refusal) {
      const status = refusal.status ?? reasonCatalogue[refusal.reason].status;
      const error = proxyErrorOf(refusal.reason) ?? 'http_request_denied';
      exchange.response.set('Proxy-Status', `postern; error=${error}; details="${refusal.reason}"`);
      if (status === 401) exchange.response.set('WWW-Authenticate', challengeToSignIn());
      if (refusal.retryAfterSeconds !== undefined) {
        exchange.response.set('Retry-After', String(Math.max(1, refusal.retryAfterSeconds)));
      }
      const form = answerForm(exchange.request.method, exchange.request.headers);
      if (form === 'problem') return problem(exchange, refusal, status);
      const isFramed = form === 'framed_page';
      page(exchange, refusal.page ?? refusalPage(refusal, status, isFramed), refusal.session, status);
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

function refusalPage(refusal: Refusal, status: number, isFramed: boolean): Page {
  return {
    kind: 'refusal',
    reason: refusal.reason,
    status,
    app: refusal.app,
    isPosted: false,
    isFramed,
    checks: [],
    lastCheckedMs: undefined,
    lock: refusal.lock,
    requirements: [],
    userMessage: undefined,
    retryUrl: refusal.retryUrl,
    signInUrl: refusal.signInUrl,
    switchAccountUrl: refusal.switchAccountUrl,
    deviceUrl: undefined,
  };
}

/** What a page may say about the app that a person is on the way to. */
export function appOf(route: Route | undefined): AppSummary | undefined {
  if (route === undefined) return undefined;
  return { name: route.name, title: route.title, host: route.host, owner: route.owner };
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
