import { stepUpMethodsOf } from '../../config/compile/compile-route.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import type { StepUpNeed } from '../../decision/decision.ts';
import { readBrowserKey } from '../../devices/browser-key.ts';
import { mostBrowsers } from '../../devices/registered-browsers.ts';
import type { OwnBrowsers } from '../../pages/page.ts';
import { devicePath, registerBrowserPath } from '../../pages/paths.ts';
import { isStepUpSatisfied } from '../../policy/step-up-satisfied.ts';
import type { Session } from '../../sessions/session.ts';
import type { Exchange } from '../exchange.ts';
import { nameUserAgent } from '../name-user-agent.ts';
import type { IdentityParts } from '../parts.ts';
import { type BrowserForm, requireBrowserForm } from './browser-form.ts';

/** How fresh the proof must be with which somebody registers a browser. */
const freshMs = 5 * 60_000;

/** What a person must have proved just now to register a browser: a second factor where their provider has one. */
export function needToRegister(snapshot: Snapshot, session: Session): StepUpNeed {
  const provider = snapshot.providers.get(session.person.providerId);
  return {
    methods: stepUpMethodsOf(provider === undefined ? [] : [provider]),
    maxAgeMs: freshMs,
    notBeforeMs: undefined,
  };
}

/** Whether any rule asks for a registered browser: elsewhere there is nothing to register for. */
function isAskedFor({ routes, segments }: Snapshot): boolean {
  const asked = [
    ...routes.flatMap(({ policy }) => policy.grants.map(({ auth }) => auth)),
    ...[...(segments?.values() ?? [])].map(({ requirement }) => requirement?.keys.auth),
  ];
  return asked.some((auth) => auth?.methods.includes('registered_browser'));
}

/** What the device page says of this person's browsers; `undefined` where no rule asks for one. */
export async function ownBrowsers(
  parts: IdentityParts,
  exchange: Exchange,
  session: Session,
): Promise<OwnBrowsers | undefined> {
  if (!isAskedFor(exchange.snapshot)) return undefined;
  const registered = await parts.browsers.listOf(session.person);
  const isFresh = isStepUpSatisfied(
    needToRegister(exchange.snapshot, session),
    session.provedAtMs,
    exchange.startedAtMs,
  );
  const registration =
    registered.length >= mostBrowsers
      ? 'full'
      : isFresh
        ? { nonce: await parts.browserProofs.issueNonce(session.id) }
        : 'confirm_first';
  return { registered, token: parts.browserTokens.tokenFor(session.id), registration };
}

/** `POST /.postern/browser/register`: keeps the public key of a browser that has shown that it holds the private one. */
export async function registerBrowser(parts: IdentityParts, exchange: Exchange, form: BrowserForm): Promise<void> {
  const session = await requireBrowserForm(parts, exchange, form);
  if (session === undefined) return;
  const { answers, browserProofs, browsers, recorder } = parts;
  if (!isAskedFor(exchange.snapshot)) return answers.refuse(exchange, { reason: 'route_unknown', session });
  const need = needToRegister(exchange.snapshot, session);
  if (!isStepUpSatisfied(need, session.provedAtMs, exchange.startedAtMs)) {
    return answers.refuse(exchange, { reason: 'step_up_required', session });
  }
  const refuse = async (why: string): Promise<void> => {
    await recorder.record(exchange, {
      type: 'browser_registered',
      result: 'failure',
      reason: 'request_malformed',
      session,
      detail: { why },
    });
    answers.refuse(exchange, { reason: 'request_malformed', session });
  };
  const key = await readBrowserKey(parseJson(form.key));
  if (key === undefined || typeof form.proof !== 'string') return refuse('There is no public P-256 key with a proof.');
  const audience = exchange.authOrigin + registerBrowserPath;
  const checked = await browserProofs.check(form.proof, key, session.id, audience);
  if (checked.outcome === 'refused') return refuse(checked.why);
  const { browser, system } = nameUserAgent(exchange.userAgent);
  const outcome = await browsers.register(session.person, {
    keyId: key.keyId,
    jwk: key.jwk,
    name: [browser, system].filter((part) => part !== undefined).join(', ') || '?',
    address: exchange.address,
    registeredAtMs: checked.provedAtMs,
  });
  if (outcome === 'too_many') return refuse('This person has as many registered browsers as are kept.');
  await recorder.record(exchange, {
    type: 'browser_registered',
    result: 'success',
    session,
    detail: { browser: key.keyId },
  });
  answers.json(exchange, { next: exchange.authOrigin + devicePath });
}

/** `POST /.postern/browser/remove`: the browser proves nothing any more, and sessions that it had proved are over. */
export async function removeBrowser(parts: IdentityParts, exchange: Exchange, form: BrowserForm): Promise<void> {
  const session = await requireBrowserForm(parts, exchange, form);
  if (session === undefined) return;
  if (typeof form.kid === 'string' && (await parts.browsers.remove(session.person, form.kid))) {
    const ended = await parts.deps.sessions.endProvedBy(form.kid, session.person, 'logout');
    await parts.recorder.record(exchange, {
      type: 'browser_removed',
      result: 'success',
      session,
      detail: { browser: form.kid, sessions_ended: ended },
    });
  }
  parts.answers.redirect(exchange, exchange.authOrigin + devicePath);
}

function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
