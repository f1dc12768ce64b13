import type { IdentityProvider } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import { appOf } from '../pages/build-answer.ts';
import type { Session } from '../sessions/session.ts';
import { loginUrl } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Destination } from './hand-over.ts';
import type { IdentityParts } from './parts.ts';

/** Where a provider that is not watched for some reason may be asked again. */
const retryAfterSeconds = 10;

/** What somebody wanted of the provider that is away. */
export type AwayPurpose =
  | { readonly kind: 'sign_in'; readonly returnTargetId: string | undefined }
  /** `retryPath`: a path of our own, which asks once more. */
  | { readonly kind: 'proof'; readonly session: Session | undefined; readonly retryPath: string };

/** The 503 of a provider that does not answer: try again, another provider, or all the same where only we do not reach it. */
export function answerProviderAway(
  parts: IdentityParts,
  exchange: Exchange,
  provider: Pick<IdentityProvider, 'id' | 'title'> | undefined,
  purpose: AwayPurpose,
  destination: Destination | undefined,
): void {
  const retryPath = purpose.kind === 'proof' ? purpose.retryPath : signInPath(exchange, provider?.id, purpose);
  const app = appOf(destination?.route);
  parts.answers.refuse(exchange, {
    reason: 'idp_unavailable',
    session: purpose.kind === 'proof' ? purpose.session : undefined,
    app,
    signInUrl: exchange.authOrigin + retryPath,
    retryAfterSeconds: secondsUntilLook(parts, exchange, provider?.id),
    page: {
      kind: 'provider_away',
      app,
      providerTitle: provider?.title ?? '',
      retryUrl: retryPath,
      anywayUrl: anywayPath(parts, exchange, provider?.id, retryPath),
      others: purpose.kind === 'proof' ? [] : othersThan(parts, exchange, provider?.id, purpose.returnTargetId),
      isSignedIn: purpose.kind === 'proof' && purpose.session !== undefined,
    },
  });
}

/** Sends the browser to its provider for a proof; where that does not answer, `away` says so. */
export async function askForProof(
  parts: IdentityParts,
  exchange: Exchange,
  request: Parameters<IdentityParts['askProvider']>[1],
  away: () => void,
): Promise<void> {
  const { metrics, log } = parts.deps;
  try {
    await parts.askProvider(exchange, request);
    metrics.stepUp('idp', 'prompted');
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code !== 'idp_unavailable') throw fault;
    log.warn({ provider: request.provider.id, decision_id: exchange.decisionId }, fault.message);
    metrics.stepUp('idp', 'failed');
    away();
  }
}

/** Whether the last looks found a provider away. */
export function isAway(parts: Pick<IdentityParts, 'providers'>, provider: IdentityProvider): boolean {
  return parts.providers.standingOf(provider).state === 'away';
}

/** Until the provider is looked at once more; the shortest of several. */
export function secondsUntilLook(parts: IdentityParts, exchange: Exchange, ...ids: (string | undefined)[]): number {
  const waits = ids.flatMap((id) => {
    const provider = id === undefined ? undefined : exchange.snapshot.providers.get(id);
    const standing = provider && parts.providers.standingOf(provider);
    return standing?.state === 'away' ? [Math.max(0, standing.nextLookAtMs - parts.deps.now())] : [];
  });
  // The look itself takes a moment.
  return waits.length === 0 ? retryAfterSeconds : Math.ceil(Math.min(...waits) / 1000) + 1;
}

function signInPath(
  { snapshot }: Exchange,
  providerId: string | undefined,
  { returnTargetId }: Extract<AwayPurpose, { readonly kind: 'sign_in' }>,
): string {
  return loginUrl(returnTargetId, snapshot.providers.size > 1 ? providerId : undefined);
}

/** Only for a provider that is known from before: of any other nobody knows where to send the browser. */
function anywayPath(
  parts: IdentityParts,
  { snapshot }: Exchange,
  providerId: string | undefined,
  retryPath: string,
): string | undefined {
  const provider = providerId === undefined ? undefined : snapshot.providers.get(providerId);
  if (provider === undefined || !isAway(parts, provider) || !parts.providers.isKnown(provider)) return undefined;
  return `${retryPath}${retryPath.includes('?') ? '&' : '?'}anyway=1`;
}

function othersThan(
  parts: IdentityParts,
  { snapshot }: Exchange,
  providerId: string | undefined,
  returnTargetId: string | undefined,
): readonly { readonly title: string; readonly url: string }[] {
  return [...snapshot.providers.values()]
    .filter((provider) => provider.id !== providerId && !isAway(parts, provider))
    .map(({ id, title }) => ({ title, url: loginUrl(returnTargetId, id) }));
}
