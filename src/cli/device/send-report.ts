import { request } from 'node:https';
import { CompactSign } from 'jose';
import { z } from 'zod';
import { isRecord } from '../../config/is-record.ts';
import { cleanText } from '../table.ts';
import type { DeviceCredential } from './device-credential.ts';
import type { OwnFacts } from './own-facts.ts';

/** What became of a report. `why` is a sentence. */
export type Sent =
  | { readonly outcome: 'accepted'; readonly device: string; readonly facts: number }
  /** The server answered no: again would not help. */
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'failed'; readonly why: string };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const timeoutMs = 20_000;
const maxAnswerBytes = 256 * 1024;
const noncePath = '/.postern/device/nonce';
const reportPath = '/.postern/device/report';
const challenge = z.object({ nonce: z.string().min(16).max(128), audience: z.string(), device: z.string() });
const accepted = z.object({ device: z.string(), facts: z.number() });

/**
 * Sends facts to a sign-in host over the device's certificate: asks for a nonce, signs the facts with the device's key for
 * this host alone, posts them. A host that names another audience is not signed for: it could hand the report on.
 */
export async function sendReport(
  origin: URL,
  facts: OwnFacts,
  credential: DeviceCredential,
  nowMs: () => number,
): Promise<Sent> {
  const asked = await ask(new URL(noncePath, origin), credential, undefined);
  if (typeof asked === 'string') return { outcome: 'failed', why: asked };
  if (asked.status !== 200) return refusal(asked);
  const told = challenge.safeParse(asked.body);
  if (!told.success)
    return { outcome: 'failed', why: `${origin.host} is no sign-in host of Postern, or one of another version.` };
  const { nonce, audience, device } = told.data;
  const expected = new URL(reportPath, origin).href;
  if (audience !== expected) {
    const why = `The server takes reports at ${cleanText(audience)}, not at ${expected}. Name that address with --url.`;
    return { outcome: 'refused', why };
  }
  const payload = { aud: audience, iat: Math.floor(nowMs() / 1000), nonce, facts };
  const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: credential.algorithm })
    .sign(credential.key);
  const answered = await ask(new URL(expected), credential, jws);
  if (typeof answered === 'string') return { outcome: 'failed', why: answered };
  if (answered.status !== 200) return refusal(answered);
  const taken = accepted.safeParse(answered.body);
  return {
    outcome: 'accepted',
    device: taken.data?.device ?? device,
    facts: taken.data?.facts ?? Object.keys(facts).length,
  };
}

function refusal({ status, body }: Answer): Sent {
  const said = isRecord(body)
    ? [body['title'], body['detail']].filter((text) => typeof text === 'string').join(' ')
    : '';
  const why = `The server answered ${status}${said === '' ? '.' : `: ${cleanText(said)}`}${hintFor(body)}`;
  return { outcome: status >= 500 || status === 429 ? 'failed' : 'refused', why };
}

function hintFor(body: unknown): string {
  switch (isRecord(body) ? body['code'] : undefined) {
    case 'device_unknown':
      return ' It does not accept the certificate: it must be valid, for TLS clients, and of an authority in server.tls.client_ca.';
    case 'request_malformed':
      return " The reason is in the server's audit trail (device_report); most often it is this device's clock.";
    default:
      return '';
  }
}

/** The answer, or a sentence that says why there is none. */
function ask(url: URL, credential: DeviceCredential, jws: string | undefined): Promise<Answer | string> {
  return new Promise((resolve) => {
    const failed = (why: string): void => {
      resolve(why);
      sending.destroy();
    };
    const sending = request(
      url,
      {
        method: jws === undefined ? 'GET' : 'POST',
        cert: credential.certificatePem,
        key: credential.keyPem,
        ...(credential.caPem === undefined ? {} : { ca: credential.caPem }),
        agent: false,
        ...(isOfThisMachine(url.hostname) ? { hostname: '127.0.0.1', servername: url.hostname } : {}),
        headers: {
          host: url.host,
          accept: 'application/json',
          'user-agent': 'postern-device-report',
          ...(jws === undefined
            ? {}
            : { 'content-type': 'application/jose', 'content-length': Buffer.byteLength(jws) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > maxAnswerBytes) failed(`${url.host} answered more than a sign-in host does.`);
          else chunks.push(chunk);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks)) }));
        response.on('error', () => failed(`${url.host} broke its answer off.`));
      },
    );
    const timer = setTimeout(() => failed(`${url.host} did not answer within ${timeoutMs / 1000} s.`), timeoutMs);
    sending.on('close', () => clearTimeout(timer));
    sending.on('error', (error) => failed(`${url.host} cannot be reached (${codeOf(error)}).`));
    sending.end(jws);
  });
}

/** Names under localhost are this machine (RFC 6761 section 6.3); not every resolver knows. */
function isOfThisMachine(hostname: string): boolean {
  return hostname.endsWith('.localhost');
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function codeOf(error: object): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : 'no code';
}
