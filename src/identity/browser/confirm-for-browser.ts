import { confirmForBrowserPath, devicePath } from '../../pages/paths.ts';
import { isNavigation } from '../client-form.ts';
import type { Exchange } from '../exchange.ts';
import { notMet } from '../finish-step-up.ts';
import { isOverLimit } from '../limit-sign-ins.ts';
import { requireSession } from '../own-sessions.ts';
import type { IdentityParts } from '../parts.ts';
import { answerProviderAway, askForProof } from '../provider-away.ts';
import { attainableMethods, wishParameters } from '../step-up-wish.ts';
import { needToRegister } from './register-browser.ts';

/** `GET /.postern/browser/confirm`: a fresh step-up, and back to the device page. */
export async function confirmForBrowser(parts: IdentityParts, exchange: Exchange): Promise<void> {
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    return parts.answers.refuse(exchange, { reason: 'step_up_required' });
  }
  const session = await requireSession(parts, exchange);
  if (session === undefined) return;
  const need = needToRegister(exchange.snapshot, session);
  const { providerId } = session.person;
  const provider = exchange.snapshot.providers.get(providerId);
  if (provider === undefined || attainableMethods(need, provider.factors).length === 0) {
    const attempt = { providerId, returnTargetId: undefined };
    return notMet(parts, exchange, attempt, session, { why: 'not_provable', methods: need.methods });
  }
  if (await isOverLimit(parts, exchange, session)) return;
  const away = () => {
    const purpose = { kind: 'proof', session, retryPath: confirmForBrowserPath } as const;
    answerProviderAway(parts, exchange, provider, purpose, undefined);
  };
  await askForProof(
    parts,
    exchange,
    {
      provider,
      purpose: { kind: 'step_up', sessionId: session.id, need, onward: devicePath },
      returnTargetId: undefined,
      parameters: (reachable) => wishParameters(need, provider, session.provedAtMs, reachable.supportsClaimsParameter),
    },
    away,
  );
}
