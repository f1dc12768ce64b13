import { type RiskSignalName, riskSignalNames } from '../../config/snapshot.ts';
import type { RuleResult } from '../../decision/decision.ts';
import { type AnswerBody, appOf, buildPage, personOf, refusalPage } from '../../pages/build-answer.ts';
import type { PageContext } from '../../pages/page.ts';
import type { GrantKey } from '../../policy/conditions/all-conditions.ts';
import { isGrantKey } from '../../policy/conditions/conditions-of-rule.ts';
import { originOn } from '../arrival.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import type { Opening } from '../stages.ts';
import { askedUrl, authOrigin, type No } from './no.ts';

/** A no as a page for a person. */
export function asPage(no: No, parts: GatewayParts): AnswerBody {
  const url = askedUrl(no);
  const isPosted = no.client === 'document_post';
  const page = refusalPage({
    reason: no.reason,
    status: no.status,
    app: appOf(no.route),
    isPosted,
    isFramed: no.client === 'frame',
    checks: no.checks ?? [],
    posture: no.posture === undefined ? undefined : no.opening.snapshot.postures.get(no.posture)?.title,
    lastCheckedMs: no.checks === undefined ? undefined : no.opening.nowMs,
    nextOpening: no.nextOpening,
    lock: no.lock,
    requirements: no.route?.disclose === 'requirements' ? missedKeys(no.rule) : [],
    signals: no.route?.disclose === 'requirements' && no.reason === 'risk_too_high' ? signalsOf(no.risk) : [],
    userMessage: no.userMessage,
    retryUrl: isPosted ? undefined : url,
    signInUrl: no.status === 401 ? url : undefined,
    switchAccountUrl: no.session === undefined ? undefined : `${authOrigin(no.opening)}/.postern/sign-out`,
    deviceUrl: no.reason === 'device_unknown' ? sameUrlOverTls(no, parts) : undefined,
  });
  return buildPage(page, no.status, pageContext(no.opening, no.session, parts), parts.pages);
}

/** What every page of the gateway knows. */
function pageContext(
  opening: Opening,
  session: No['session'],
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
function signalsOf(risk: No['risk']): readonly RiskSignalName[] {
  const counting = (risk?.points ?? []).filter(({ points }) => points > 0);
  return counting
    .toSorted((one, other) => other.points - one.points)
    .flatMap(({ signal }) => riskSignalNames.find((name) => name === signal) ?? []);
}

/** On plain HTTP nobody has a device (security-rules.md 22); the page says where one would be seen. */
function sameUrlOverTls(no: No, parts: GatewayParts): string | undefined {
  const { listener } = no.opening.arrival;
  const port = parts.tlsPort();
  if (listener.scheme === 'https' || port === undefined || no.target === undefined) return undefined;
  return `${originOn({ scheme: 'https', publicPort: port }, no.target.host)}${no.target.path}${no.target.query}`;
}
