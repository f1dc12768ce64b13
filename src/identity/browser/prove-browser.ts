import type { StepUpNeed } from '../../decision/decision.ts';
import { appOf } from '../../pages/build-answer.ts';
import { proveBrowserPath } from '../../pages/paths.ts';
import type { Session } from '../../sessions/session.ts';
import type { Exchange } from '../exchange.ts';
import type { Destination } from '../hand-over.ts';
import type { IdentityParts } from '../parts.ts';
import { agreedPath } from '../show-step-up.ts';
import { attainableMethods } from '../step-up-wish.ts';
import { type BrowserForm, requireBrowserForm } from './browser-form.ts';

/** The page on the way to an app where the browser proves its key; a no where this person has registered none. */
export async function askBrowser(
  parts: IdentityParts,
  exchange: Exchange,
  session: Session,
  returnTargetId: string,
  destination: Destination,
  need: StepUpNeed,
): Promise<void> {
  const registered = await parts.browsers.listOf(session.person);
  const provider = exchange.snapshot.providers.get(session.person.providerId);
  const hasOtherWay = provider !== undefined && attainableMethods(need, provider.factors).length > 0;
  const proof =
    registered.length === 0
      ? undefined
      : {
          nonce: await parts.browserProofs.issueNonce(session.id),
          token: parts.browserTokens.tokenFor(session.id),
          returnTargetId,
        };
  const page = {
    kind: 'prove_browser',
    app: appOf(destination.route),
    proof,
    otherWayUrl: hasOtherWay ? `${agreedPath(parts, session, returnTargetId)}&way=idp` : undefined,
  } as const;
  if (proof !== undefined) {
    parts.deps.metrics.stepUp('registered_browser', 'prompted');
    return parts.answers.page(exchange, page, session);
  }
  parts.deps.metrics.stepUp('registered_browser', 'failed');
  parts.answers.refuse(exchange, { reason: 'step_up_not_met', page, session });
}

/**
 * `POST /.postern/browser/prove`: a proof opens one app's host once. Neither the session nor its cookie carries it, so
 * that nobody who copied them has it (security-rules.md 3).
 */
export async function acceptBrowserProof(parts: IdentityParts, exchange: Exchange, form: BrowserForm): Promise<void> {
  const session = await requireBrowserForm(parts, exchange, form);
  if (session === undefined) return;
  const { browsers, browserProofs, handOver, answers, deps } = parts;
  const rt = typeof form.returnTargetId === 'string' ? form.returnTargetId : undefined;
  const destination = await handOver.find(exchange, rt);
  const refuse = async (why: string): Promise<void> => {
    deps.metrics.stepUp('registered_browser', 'failed');
    await parts.recorder.record(exchange, {
      type: 'step_up',
      result: 'failure',
      reason: 'step_up_not_met',
      session,
      detail: { methods: ['registered_browser'], why, route: destination?.route.name },
    });
    answers.refuse(exchange, { reason: 'step_up_not_met', session, app: appOf(destination?.route) });
  };
  if (typeof form.kid !== 'string' || typeof form.proof !== 'string') return refuse('The form has no proof.');
  const key = await browsers.findKey(session.person, form.kid);
  if (key === undefined) return refuse('This person has not registered this browser.');
  const checked = await browserProofs.check(form.proof, key, session.id, exchange.authOrigin + proveBrowserPath);
  if (checked.outcome === 'refused') return refuse(checked.why);
  if (destination === undefined) return answers.json(exchange, { next: `${exchange.authOrigin}/` });

  const next = await handOver.ticketUrl(exchange, session, destination, {
    keyId: key.keyId,
    atMs: checked.provedAtMs,
  });
  if (next === undefined) return;
  // It may have been removed since it was found: whoever removes it looks for tickets afterwards, and this looks for it.
  if ((await browsers.findKey(session.person, key.keyId)) === undefined) return refuse('The browser was just removed.');
  await parts.recorder.record(exchange, {
    type: 'step_up',
    result: 'success',
    session,
    detail: { methods: ['registered_browser'], browser: key.keyId, route: destination.route.name },
  });
  deps.metrics.stepUp('registered_browser', 'success');
  answers.json(exchange, { next });
}
