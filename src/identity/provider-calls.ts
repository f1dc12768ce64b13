import type { IdentityProvider } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from './identity-deps.ts';

export type ProviderEndpoint = Parameters<Metrics['providerCalled']>[1];

/** A whole answer of a provider, as often as it is needed. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** One call to a provider. Rejects with what `fetch` rejects with, or with `ANSWER_TOO_LARGE`. */
export type CallProvider = (url: string, endpoint: ProviderEndpoint, options: RequestInit) => Promise<ProviderAnswer>;

/** From the first byte to the last, of one call. */
export const callTimeoutMs = 5_000;

/**
 * Of one answer, unpacked. Tokens of people in hundreds of groups have a hundredth of it; what is larger is not read, however
 * small it was packed.
 */
export const longestAnswerBytes = 1024 * 1024;

/** Errors by which a provider turns our client down, whoever the person is (RFC 6749 5.2). */
export const clientErrors: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/** Builds the calls to one provider: counted, bounded in size, and loud where our own client is refused. */
export function createProviderCalls(
  provider: Pick<IdentityProvider, 'id' | 'clientId'>,
  { metrics, log }: { readonly metrics: Pick<Metrics, 'providerCalled'>; readonly log: Pick<Log, 'error'> },
): CallProvider {
  return async (url, endpoint, options) => {
    try {
      const answer = await readWhole(await fetch(url, options));
      const clientError = endpoint === 'token' ? clientErrorOf(answer) : undefined;
      if (clientError !== undefined) {
        log.error(
          { provider: provider.id, client: provider.clientId, error: clientError },
          'The identity provider refuses the client of Postern: nobody can sign in there, and claims grow old. Sessions go on. Compare client_id and client_secret with the provider.',
        );
      }
      const isWell = answer.status < 500;
      metrics.providerCalled(provider.id, endpoint, clientError !== undefined ? 'refused' : isWell ? 'ok' : 'error');
      return answer;
    } catch (thrown) {
      const isTimeout = typeof thrown === 'object' && thrown !== null && Reflect.get(thrown, 'name') === 'TimeoutError';
      metrics.providerCalled(provider.id, endpoint, isTimeout ? 'timeout' : 'error');
      throw thrown;
    }
  };
}

/** The answer as `fetch` would give it. */
export function responseOf({ status, headers, body }: ProviderAnswer): Response {
  return new Response(body.length === 0 ? null : new Uint8Array(body), { status, headers });
}

/** The JSON of an answer; `undefined` where it is none. */
export function jsonOf({ body }: ProviderAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function readWhole(response: Response): Promise<ProviderAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) {
      const code = { code: 'ANSWER_TOO_LARGE' };
      throw Object.assign(new Error(`An identity provider answered with more than ${longestAnswerBytes} bytes.`), code);
    }
    chunks.push(chunk);
  }
  return { status: response.status, headers: response.headers, body: Buffer.concat(chunks) };
}

function clientErrorOf(answer: ProviderAnswer): string | undefined {
  if (answer.status < 400 || answer.status >= 500) return undefined;
  const json = jsonOf(answer);
  const error: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'error') : undefined;
  return typeof error === 'string' && clientErrors.has(error) ? error : undefined;
}
