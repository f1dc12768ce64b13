import { request as requestTls } from 'node:https';
import { request as requestPlain } from '../../http/node-http.ts';

/** A whole answer of a provider. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Why nothing usable came back; a word for the metric. */
export type PullProblem = 'unreachable' | 'timeout' | 'status' | 'rate_limited' | 'too_large' | 'garbage';

export type Asked =
  | { readonly outcome: 'answered'; readonly answer: ProviderAnswer }
  | { readonly outcome: 'failed'; readonly problem: PullProblem; readonly why: string };

/** One request to a provider. Follows no redirect, since the next host would get the credentials. Never rejects. */
export type AskProvider = (
  url: URL,
  ask: { readonly headers: Readonly<Record<string, string>>; readonly form?: string; readonly signal?: AbortSignal },
) => Promise<Asked>;

export interface AskLimits {
  /** From the connection to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** PEM of authorities in place of those that Node trusts; for tests. */
  readonly ca?: string;
}

/** Builds it on Node's own client: certificates are checked, an answer is read up to a size and within a time. */
export function createAskProvider({ timeoutMs, maxBytes, ca }: AskLimits): AskProvider {
  return (url, { headers, form, signal }) =>
    new Promise((resolve) => {
      const failed = (problem: PullProblem, why: string): void => {
        resolve({ outcome: 'failed', problem, why });
        request.destroy();
      };
      const request = (url.protocol === 'https:' ? requestTls : requestPlain)(
        url,
        {
          method: form === undefined ? 'GET' : 'POST',
          headers: {
            accept: 'application/json',
            'accept-encoding': 'identity',
            'user-agent': 'postern',
            ...headers,
            ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          },
          agent: false,
          ...(signal === undefined ? {} : { signal }),
          ...(ca === undefined ? {} : { ca }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > maxBytes) failed('too_large', `its answer is larger than ${maxBytes} bytes`);
            else chunks.push(chunk);
          });
          response.on('end', () => {
            if (!response.complete) return failed('unreachable', 'it broke its answer off');
            const { statusCode: status = 0, headers } = response;
            resolve({ outcome: 'answered', answer: { status, headers, body: Buffer.concat(chunks).toString('utf8') } });
          });
          response.on('error', () => failed('unreachable', 'it broke its answer off'));
        },
      );
      const timer = setTimeout(() => failed('timeout', `it took longer than ${timeoutMs} ms`), timeoutMs);
      timer.unref();
      request.on('close', () => clearTimeout(timer));
      request.on('error', (error) => failed('unreachable', `it cannot be reached (${codeOf(error)})`));
      request.end(form);
    });
}

function codeOf(error: object): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : 'no code';
}
