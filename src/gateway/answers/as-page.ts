import { type RiskSignalName, riskSignalNames } from '../../config/snapshot.ts';
import type { RuleResult } from '../../decision/decision.ts';
import { type AnswerBody, appOf, buildPage, personOf, refusalPage } from '../../pages/build-answer.ts';
import type { Page, PageContext } from '../../pages/page.ts';
import type { GrantKey } from '../../policy/conditions/all-conditions.ts';
import { isGrantKey } from '../../policy/conditions/conditions-of-rule.ts';
import { originOn } from '../arrival.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import type { PostToAsk } from '../keep-post.ts';
import type { Opening } from '../stages.ts';
import { askedUrl, authOrigin, type Denial } from './denial.ts';

/** A no as a page for a person. */
export function asPage(denial: Denial, parts: GatewayParts): AnswerBody {
  if (denial.post !== undefined) return asQuestion(denial, denial.post, parts);
  const url = askedUrl(denial);
  const isPosted = denial.client === 'document_post';
  const page = refusalPage({
    reason: denial.reason,
    status: denial.status,
    app: appOf(denial.route),
    isPosted,
    isFramed: denial.client === 'frame',
    checks: denial.checks ?? [],
    posture: denial.posture === undefined ? undefined : denial.opening.snapshot.postures.get(denial.posture)?.title,
    lastCheckedMs: denial.checks === undefined ? undefined : denial.opening.nowMs,
    nextOpening: denial.nextOpening,
    lock: denial.lock,
    requirements: denial.route?.disclose === 'requirements' ? missedKeys(denial.rule) : [],
    signals:
      denial.route?.disclose === 'requirements' && denial.reason === 'risk_too_high' ? signalsOf(denial.risk) : [],
    userMessage: denial.userMessage,
    retryUrl: isPosted ? undefined : url,
    signInUrl: denial.status === 401 ? url : undefined,
    switchAccountUrl: denial.session === undefined ? undefined : `${authOrigin(denial.opening)}/.postern/sign-out`,
    deviceUrl: denial.reason === 'device_unknown' ? sameUrlOverTls(denial, parts) : undefined,
  });
  return buildPage(page, denial.status, pageContext(denial.opening, denial.session, parts), parts.pages);
}

/** Asks whether what another site posted may go on. */
function asQuestion(denial: Denial, { sealed, origin, asks }: PostToAsk, parts: GatewayParts): AnswerBody {
  const page: Page = {
    kind: 'sent_here',
    app: appOf(denial.route),
    from: origin === 'null' ? undefined : origin,
    sealed,
    asks,
    openUrl: denial.target && `${originOn(denial.opening.arrival.listener, denial.target.host)}/`,
  };
  return buildPage(page, denial.status, pageContext(denial.opening, denial.session, parts), parts.pages);
}

/** What every page of the gateway knows. */
export function pageContext(
  opening: Opening,
  session: Denial['session'],
  parts: Pick<GatewayParts, 'isDevelopment'>,
): PageContext {
  return {
    acceptLanguage: opening.arrival.request.headers['accept-language'],
    decisionId: opening.decisionId,
    nowMs: opening.nowMs,
    authOrigin: authOrigin(opening),
    person: personOf(session),
    isDevelopment: parts.isDevelopment,
    branding: opening.snapshot.branding,
  };
}

/** What the nearest grant asks for beyond what was shown. A denial asks for nothing: its own message says why. */
function missedKeys(rule: RuleResult | undefined): readonly GrantKey[] {
  if (rule?.effect !== 'allow') return [];
  // A grant and its segment may lack the same thing.
  const lacking = rule.conditions.flatMap(({ key, verdict }) => (verdict !== 'hit' && isGrantKey(key) ? [key] : []));
  return [...new Set(lacking)];
}

/** What raised the score, the most first; not what is only reported. */
function signalsOf(risk: Denial['risk']): readonly RiskSignalName[] {
  const counting = (risk?.points ?? []).filter(({ points }) => points > 0);
  return counting
    .toSorted((one, other) => other.points - one.points)
    .flatMap(({ signal }) => riskSignalNames.find((name) => name === signal) ?? []);
}

/** On plain HTTP nobody has a device (security-rules.md 22); the page says where one would be seen. */
function sameUrlOverTls(denial: Denial, parts: GatewayParts): string | undefined {
  const { listener } = denial.opening.arrival;
  const port = parts.tlsPort();
  if (listener.scheme === 'https' || port === undefined || denial.target === undefined) return undefined;
  return `${originOn({ scheme: 'https', publicPort: port }, denial.target.host)}${denial.target.path}${denial.target.query}`;
}
