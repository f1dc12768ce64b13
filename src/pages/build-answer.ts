import type { Route } from '../config/route.ts';
import type { AppSummary, Page, PageContext, PageRenderer } from './page.ts';
import { buildProblem, type ProblemExtensions, problemContentType } from './problem.ts';

type RefusalPage = Extract<Page, { kind: 'refusal' }>;

/** An answer in one of its forms, ready to be sent by either plane. */
export interface AnswerBody {
  readonly status: number;
  /** Absent for an answer without a body. */
  readonly contentType: string | undefined;
  /** Set for a page. */
  readonly contentSecurityPolicy: string | undefined;
  /** Name, value, name, value … */
  readonly extraHeaders: readonly string[];
  readonly text: string;
}

/** A page for a person. */
export function buildPage(page: Page, status: number, context: PageContext, pages: PageRenderer): AnswerBody {
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    contentSecurityPolicy: pages.contentSecurityPolicyFor(page, context),
    extraHeaders: [],
    text: pages.render(page, context),
  };
}

/** The page of a no, with as much as may be told of it. */
export function refusalPage(told: Pick<RefusalPage, 'reason' | 'status'> & Partial<RefusalPage>): RefusalPage {
  return {
    kind: 'refusal',
    app: undefined,
    isPosted: false,
    isFramed: false,
    checks: [],
    lastCheckedMs: undefined,
    requirements: [],
    userMessage: undefined,
    retryUrl: undefined,
    signInUrl: undefined,
    switchAccountUrl: undefined,
    deviceUrl: undefined,
    ...told,
  };
}

/** A no as RFC 9457 problem details, for scripts and command lines. */
export function buildProblemAnswer(
  { reason, status, app, lock }: Pick<RefusalPage, 'reason' | 'status' | 'app' | 'lock'>,
  extensions: ProblemExtensions,
  { acceptLanguage, decisionId }: Pick<PageContext, 'acceptLanguage' | 'decisionId'>,
  pages: PageRenderer,
): AnswerBody {
  const { title, detail, language } = pages.words(reason, { acceptLanguage, app });
  return {
    status,
    contentType: problemContentType,
    contentSecurityPolicy: undefined,
    extraHeaders: ['Content-Language', language],
    text: buildProblem({
      reason,
      status,
      title,
      detail: lock?.message === undefined ? detail : `${detail} ${lock.message}`,
      decisionId,
      ...extensions,
    }),
  };
}

/** The app as a page may name it; `undefined` where no route is known, so that a hidden one is not told. */
export function appOf(route: Route | undefined): AppSummary | undefined {
  return route && { name: route.name, title: route.title, host: route.host, owner: route.owner };
}

/** The person as a page may name them. */
export function personOf(
  session: { readonly person: NonNullable<PageContext['person']> } | undefined,
): PageContext['person'] {
  return session && { name: session.person.name, email: session.person.email };
}
