import type { Route } from '../../config/route.ts';
import type { CheckResult, LockNotice, NextOpening, RuleResult, StepUpNeed } from '../../decision/decision.ts';
import type { RiskFacts } from '../../decision/facts.ts';
import type { ReasonCode } from '../../decision/reason.ts';
import type { CanonicalTarget } from '../../http/canonical-target.ts';
import type { ClientKind } from '../../http/client-kind.ts';
import { openUrl } from '../../pages/paths.ts';
import type { Session } from '../../sessions/session.ts';
import { originOn } from '../arrival.ts';
import type { PostToAsk } from '../keep-post.ts';
import type { Opening } from '../stages.ts';

/** A no, with what may be told of it. */
export interface Denial {
  readonly opening: Opening;
  readonly reason: ReasonCode;
  readonly status: number;
  readonly target: CanonicalTarget | undefined;
  readonly route: Route | undefined;
  readonly client: ClientKind;
  readonly session: Session | undefined;
  readonly checks?: readonly CheckResult[] | undefined;
  /** The posture that these are the checks of. */
  readonly posture?: string | undefined;
  readonly userMessage?: Readonly<Record<string, string>> | undefined;
  readonly rule?: RuleResult | undefined;
  readonly risk?: RiskFacts | undefined;
  readonly nextOpening?: NextOpening | undefined;
  readonly lock?: LockNotice | undefined;
  readonly need?: StepUpNeed | undefined;
  /** A post of another site's page, about which the person is asked. */
  readonly post?: PostToAsk | undefined;
}

/** The URL that was asked for, on the listener that was asked. Of a path of our own, the app's front: a spent ticket leads nowhere twice. */
export function askedUrl(denial: Pick<Denial, 'target' | 'opening'>): string | undefined {
  const { target, opening } = denial;
  if (target === undefined) return undefined;
  const origin = originOn(opening.arrival.listener, target.host);
  return target.path.startsWith('/.postern/') ? `${origin}/` : `${origin}${target.path}${target.query}`;
}

/** The origin of the sign-in host on the listener that was asked. */
export function authOrigin(opening: Opening): string {
  return originOn(opening.arrival.listener, opening.snapshot.server.authHost);
}

/**
 * Where a script's person should go to sign in or prove more: the page that the script runs on, never the API's URL.
 * Opening it as a document starts what is missing.
 */
export function pageToOpen(denial: Pick<Denial, 'target' | 'opening' | 'route'>): string | undefined {
  if (denial.target === undefined) return undefined;
  // Every page of such an app comes out of its worker's cache.
  if (denial.route?.hasServiceWorker === true) return openUrl(authOrigin(denial.opening), denial.route);
  const origin = originOn(denial.opening.arrival.listener, denial.target.host);
  const referer = denial.opening.arrival.request.headers.referer;
  return referer !== undefined && URL.canParse(referer) && new URL(referer).origin === origin ? referer : `${origin}/`;
}
