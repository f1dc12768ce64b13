import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { findPerson, type Person } from './people.ts';
import { renderProblem, renderSecondFactor, renderSignIn } from './provider-pages.ts';

/** What the provider says in `acr` after the second factor. */
export const secondFactorAcr = 'urn:postern:demo:second-factor';
/** What the provider says in `acr` after a name alone. */
export const firstFactorAcr = 'urn:postern:demo:first-factor';

const maximumFormBytes = 4096;

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maximumFormBytes) break;
  }
  return new URLSearchParams(text);
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  });
  response.end(html);
}

interface AcrClaim {
  readonly value?: unknown;
  readonly values?: readonly unknown[];
}

function claimedAcr(claims: unknown): readonly unknown[] {
  if (typeof claims !== 'string') return [];
  const acr = (JSON.parse(claims) as { id_token?: { acr?: AcrClaim | null } | null }).id_token?.acr;
  return [...(acr?.values ?? []), ...(acr?.value === undefined ? [] : [acr.value])];
}

/** True when the client asked for the second factor, by `acr_values` or by the claims parameter, and not for less. */
export function asksForSecondFactor(params: Readonly<Record<string, unknown>>): boolean {
  const values = typeof params['acr_values'] === 'string' ? params['acr_values'].split(' ') : [];
  const wanted = [...values, ...claimedAcr(params['claims'])];
  return wanted.includes(secondFactorAcr) && !wanted.includes(firstFactorAcr);
}

interface Pending {
  readonly person: Person;
  readonly code: string;
}

/** The provider's own pages under /interaction/: who are you, and the second factor. */
export function createInteractionHandler(provider: Provider, randomCode: () => string) {
  const pending = new Map<string, Pending>();

  const finish = (request: IncomingMessage, response: ServerResponse, person: Person, methods: readonly string[]) => {
    const acr = methods.includes('otp') ? secondFactorAcr : firstFactorAcr;
    const login = { accountId: person.id, acr, amr: [...methods], remember: true };
    return provider.interactionFinished(request, response, { login, consent: {} });
  };

  const showCode = (response: ServerResponse, action: string, uid: string, person: Person) => {
    const known = pending.get(uid) ?? { person, code: randomCode() };
    pending.set(uid, known);
    send(response, 200, renderSecondFactor(action, person, known.code, undefined));
  };

  const takeCode = async (request: IncomingMessage, response: ServerResponse, action: string, uid: string) => {
    const form = await readForm(request);
    const known = pending.get(uid);
    if (form.get('cancel') === 'yes') {
      pending.delete(uid);
      const refusal = { error: 'access_denied', error_description: 'The person cancelled.' };
      return provider.interactionFinished(request, response, refusal);
    }
    if (known === undefined) return send(response, 400, renderProblem('Too late', 'This form was sent already.'));
    if (form.get('code')?.replaceAll(' ', '') !== known.code) {
      return send(response, 400, renderSecondFactor(action, known.person, known.code, 'That was another code.'));
    }
    pending.delete(uid);
    return finish(request, response, known.person, ['pwd', 'otp']);
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { uid, params, prompt, session } = await provider.interactionDetails(request, response);
    const [, , , step] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/');
    const isPost = request.method === 'POST';
    const loginAction = `/interaction/${uid}/login`;
    const codeAction = `/interaction/${uid}/code`;
    if (step === 'code' && isPost) return takeCode(request, response, codeAction, uid);

    const current = session === undefined ? undefined : findPerson(session.accountId);
    const isSignInNeeded = ['no_session', 'login_prompt', 'max_age'].some((reason) => prompt.reasons.includes(reason));
    if (step === 'login' && isPost) {
      const login = (await readForm(request)).getAll('login').find((value) => value !== '') ?? '';
      const person = findPerson(login);
      if (person === undefined)
        return send(response, 400, renderSignIn(loginAction, current?.id, 'Nobody has that name.'));
      pending.delete(uid);
      if (asksForSecondFactor(params)) return showCode(response, codeAction, uid, person);
      return finish(request, response, person, ['pwd']);
    }
    if (current === undefined || isSignInNeeded) {
      return send(response, 200, renderSignIn(loginAction, current?.id, undefined));
    }
    return showCode(response, codeAction, uid, current);
  };
}
