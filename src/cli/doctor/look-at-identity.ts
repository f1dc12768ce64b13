import { createHash, randomBytes } from 'node:crypto';
import { isRecord } from '../../config/is-record.ts';
import type { IdentityProvider, Snapshot } from '../../config/snapshot.ts';
import { callbackPathOf } from '../../config/values/callback-path.ts';
import { type DoctorPorts, errorCode, type Finding, fail, ok, unknown } from './finding.ts';

const callTimeoutMs = 5_000;
const longestDocumentBytes = 1024 * 1024;

/** Asks each provider for its discovery document and keys, and whether it takes our redirect URI. */
export async function lookAtIdentity(configuration: Snapshot, ports: DoctorPorts): Promise<readonly Finding[]> {
  const { providers } = configuration;
  const origin = originOfSignIn(configuration);
  const found = await Promise.all(
    [...providers.values()].map((provider) =>
      lookAtProvider(provider, `${origin}${callbackPathOf(providers, provider.id)}`, providers.size > 1, ports),
    ),
  );
  return found.length === 0 ? [ok('no provider: every route is public')] : found.flat();
}

/** Discovery and keys alone: `validate --online`. */
export async function lookAtDiscovery(configuration: Snapshot, ports: DoctorPorts): Promise<readonly Finding[]> {
  const found = await Promise.all(
    [...configuration.providers.values()].map(async (provider) => (await discover(provider, ports)).findings),
  );
  return found.flat();
}

/** The difference between this machine's clock and the providers', from the Date of an answer that they give anyway. */
export async function lookAtClock(configuration: Snapshot, ports: DoctorPorts): Promise<readonly Finding[]> {
  for (const provider of configuration.providers.values()) {
    const askedAt = ports.now();
    const response = await get(discoveryUrl(provider), ports).catch(() => undefined);
    const date = Date.parse(response?.headers.get('date') ?? '');
    await response?.body?.cancel();
    if (Number.isNaN(date)) continue;
    // A Date has whole seconds, and the answer was on its way.
    const halfway = (askedAt + ports.now()) / 2;
    const seconds = Math.round((halfway - date - 500) / 1_000);
    if (Math.abs(seconds) <= 5) return [ok(`within ${Math.max(1, Math.abs(seconds))} s of ${provider.id}`)];
    const direction = seconds > 0 ? 'ahead of' : 'behind';
    return [
      fail('P304', `this machine is ${Math.abs(seconds)} s ${direction} ${provider.id}`, 'set the clock: timedatectl'),
    ];
  }
  return [unknown('no provider answered, so there is nothing to compare with')];
}

function originOfSignIn({ server }: Snapshot): string {
  const port = server.listeners[0]?.publicPort ?? 443;
  return `https://${server.authHost}${port === 443 ? '' : `:${port}`}`;
}

async function lookAtProvider(
  provider: IdentityProvider,
  redirectUri: string,
  isOneOfSeveral: boolean,
  ports: DoctorPorts,
): Promise<readonly Finding[]> {
  const { findings, document } = await discover(provider, ports);
  const endpoint = document?.['authorization_endpoint'];
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return findings;
  return [
    ...findings,
    ...(isOneOfSeveral ? [lookAtIssuerParameter(provider, document)] : []),
    await confirmRedirectUri(provider, new URL(endpoint), redirectUri, isOneOfSeveral, ports),
  ];
}

async function discover(provider: IdentityProvider, ports: DoctorPorts) {
  const startedAt = ports.now();
  let document: unknown;
  try {
    document = await readJson(await get(discoveryUrl(provider), ports));
  } catch (thrown) {
    const hint = `check from this machine: curl ${discoveryUrl(provider)}`;
    const text = `discovery ${provider.issuer} failed: ${errorCode(thrown)}`;
    return { findings: [fail('P302', text, hint)], document: undefined };
  }
  if (!isRecord(document) || document['issuer'] !== provider.issuer) {
    const said = isRecord(document) ? String(document['issuer']).slice(0, 200) : 'nothing';
    const text = `the provider at ${provider.issuer} names another issuer: ${said}`;
    return {
      findings: [fail('P302', text, `write the issuer of "${provider.id}" exactly as the provider names it`)],
      document: undefined,
    };
  }
  const took = Math.round(ports.now() - startedAt);
  const keys = await readKeys(document['jwks_uri'], ports);
  const discovery = `discovery ${provider.issuer} (${took} ms)`;
  if (typeof keys === 'number') return { findings: [ok(`${discovery}, keys: ${keys}`)], document };
  return { findings: [ok(discovery), keys], document };
}

async function readKeys(uri: unknown, ports: DoctorPorts): Promise<number | Finding> {
  const hint = 'ask whoever runs the provider; nobody can sign in without them';
  if (typeof uri !== 'string' || !/^https?:\/\//.test(uri)) return fail('P303', 'the provider names no jwks_uri', hint);
  try {
    const document = await readJson(await get(uri, ports));
    const keys = isRecord(document) && Array.isArray(document['keys']) ? document['keys'].length : 0;
    return keys > 0 ? keys : fail('P303', `there is no key at ${uri}`, hint);
  } catch (thrown) {
    return fail('P303', `the keys at ${uri} cannot be read: ${errorCode(thrown)}`, hint);
  }
}

/** Whether each answer says who gave it (RFC 9207): with several providers the second guard against a mix-up. */
function lookAtIssuerParameter({ id }: IdentityProvider, document: Record<string, unknown> | undefined): Finding {
  return document?.['authorization_response_iss_parameter_supported'] === true
    ? ok(`${id} says in each answer who it is (iss)`)
    : unknown(`${id} does not promise to say in its answers who it is (iss); its own redirect URI tells them apart`);
}

/**
 * Begins a sign-in that nobody will finish, with `prompt=none`. A provider that knows the redirect URI answers there;
 * what else it answers proves nothing, so the words say no more than that.
 */
async function confirmRedirectUri(
  provider: IdentityProvider,
  endpoint: URL,
  redirectUri: string,
  isOneOfSeveral: boolean,
  ports: DoctorPorts,
): Promise<Finding> {
  const random = () => randomBytes(16).toString('base64url');
  const parameters = {
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: random(),
    nonce: random(),
    code_challenge: createHash('sha256').update(random()).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'none',
  };
  for (const [key, value] of Object.entries(parameters)) endpoint.searchParams.set(key, value);
  try {
    const response = await get(endpoint.href, ports);
    await response.body?.cancel();
    const location = response.headers.get('location') ?? '';
    if (location.startsWith(`${redirectUri}?`) || location.startsWith(`${redirectUri}#`))
      return ok(`redirect URI ${redirectUri} is taken by ${provider.id}`);
    if (response.status < 400) return unknown(`could not confirm that ${provider.id} knows ${redirectUri}`);
    return fail(
      'P301',
      `could not confirm that ${redirectUri} is registered at ${provider.id}: it answered ${response.status}`,
      `add it in the client's sign-in redirect URIs${isOneOfSeveral ? ' (with several providers each has its own)' : ''}, then run: postern doctor identity`,
    );
  } catch (thrown) {
    return unknown(`could not confirm that ${provider.id} knows ${redirectUri}: ${errorCode(thrown)}`);
  }
}

function discoveryUrl({ issuer }: IdentityProvider): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

function get(url: string, { fetch }: DoctorPorts): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(callTimeoutMs) });
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw Object.assign(new Error('not 200'), { code: `status ${response.status}` });
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response.body ?? []) {
    total += chunk.length;
    if (total > longestDocumentBytes) throw Object.assign(new Error('too long'), { code: 'the answer is too long' });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw Object.assign(new Error('no JSON'), { code: 'the answer is no JSON' });
  }
}
