import { Fault } from '../decision/fault.ts';
import { type CallProvider, callTimeoutMs } from './provider-calls.ts';

/** One look at a provider whose discovery document is known. Rejects with `Fault('idp_unavailable')`. */
export type LookAtProvider = () => Promise<void>;

/** Whoever stands before a server that is gone answers so. */
const nobodyBehind: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Builds the look: the provider's own discovery document, and the host that browsers are sent to where it is another one. Any
 * answer of a server that works will do. What only browsers reach says nothing: that host counts once it has answered.
 */
export function createLookAtProvider(
  provider: { readonly id: string; readonly issuer: string },
  authorizationEndpoint: string | undefined,
  call: CallProvider,
): LookAtProvider {
  const issuer = new URL(provider.issuer);
  const endpoint = authorizationEndpoint === undefined ? undefined : URL.parse(authorizationEndpoint);
  // The issuer's protocol was checked: a document that says http of another host gets nobody asked there.
  const isElsewhere = endpoint != null && endpoint.origin !== issuer.origin && endpoint.protocol === issuer.protocol;
  let hasAnsweredBrowsers = false;

  async function ask(url: string, name: 'discovery' | 'authorization', method: 'GET' | 'HEAD'): Promise<void> {
    const options: RequestInit = { method, redirect: 'manual', signal: AbortSignal.timeout(callTimeoutMs) };
    const { status } = await call(url, name, options).catch(() => ({ status: undefined }));
    if (status !== undefined && !nobodyBehind.has(status)) return;
    const said = status === undefined ? 'does not answer' : `answers ${status}`;
    throw new Fault('idp_unavailable', `The ${name} endpoint of the provider "${provider.id}" ${said}.`);
  }

  return async () => {
    await ask(`${provider.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, 'discovery', 'GET');
    if (!isElsewhere) return;
    try {
      await ask(`${endpoint.origin}/`, 'authorization', 'HEAD');
      hasAnsweredBrowsers = true;
    } catch (thrown) {
      if (hasAnsweredBrowsers) throw thrown;
    }
  };
}
