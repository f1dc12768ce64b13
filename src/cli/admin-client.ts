import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { isRecord } from '../config/is-record.ts';
import { loadAdminSettings } from '../config/load-admin-settings.ts';
import type { ListenAddress } from '../config/snapshot.ts';
import type { CliContext } from './commands.ts';

/** Where a command finds the running server. */
export interface AdminClientOptions {
  /** The configuration file that the server runs with: its `admin` is read, the rest may have errors. */
  readonly config: string;
  /** `http://HOST:PORT` in place of the file's address, for a server behind a port mapping. */
  readonly admin?: string | undefined;
}

/** An answer of the admin API. `body` is the parsed JSON, `undefined` where there was none. */
export type AdminAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  /** No answer, or none that is JSON; `why` is a sentence. */
  | { readonly outcome: 'failed'; readonly why: string };

/** An answer that went on for a while, and does not any more. */
interface Ended {
  readonly outcome: 'ended';
}

/** Calls the admin API of a running server. Never throws, never prints, never shows the token. */
export interface AdminClient {
  /** `http://127.0.0.1:9443`, for messages. */
  readonly address: string;
  /** @param path from `/api/v1/` on, with its query; parts of it are encoded by the caller. */
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<AdminAnswer>;
  /**
   * Hears every line of an answer that does not end by itself. `ended`: it has. Anything else: it never began.
   * @param signal ends it
   */
  follow(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<AdminAnswer | Ended>;
}

/** A reload checks, tests and compares before it answers. */
const patienceMs = 60_000;
/** A server that is there says something every five seconds. */
const longestSilenceMs = 15_000;
const longestLine = 1024 * 1024;
const longestAnswerBytes = 256 * 1024 * 1024;

/** The client, or a sentence that says why there is none. The token comes from the file; on the command line others would read it. */
export async function openAdminClient(
  { config, admin }: AdminClientOptions,
  { ports }: Pick<CliContext, 'ports'>,
): Promise<AdminClient | string> {
  const loaded = await loadAdminSettings(config, ports);
  if (loaded.outcome === 'refused') return loaded.why;
  const address = admin ?? `http://${textOf(loaded.settings.listen)}`;
  if (!/^https?:\/\/[^/?#]+\/?$/.test(address) || !URL.canParse(address))
    return `"${address}" is not the address of an admin listener: write http://HOST:PORT.`;
  return createAdminClient(new URL(address), [loaded.settings.token].flat());
}

/** A sentence about an answer that is not the one that was hoped for, and what to do. */
export function describeAdminFailure(client: AdminClient, answer: AdminAnswer): string {
  if (answer.outcome === 'failed') return answer.why;
  if (answer.status === 401)
    return `The server at ${client.address} does not take this token: it runs with another admin.token than the file names.`;
  const detail = isRecord(answer.body) ? answer.body['detail'] : undefined;
  const title = isRecord(answer.body) ? answer.body['title'] : undefined;
  // What was asked for is not there: the server says so in a sentence of its own.
  if (answer.status === 404 && typeof detail === 'string') return detail;
  const said = [title, detail].filter((text) => typeof text === 'string').join('. ');
  return `The server at ${client.address} answered ${answer.status}${said === '' ? '.' : `: ${said}`}`;
}

/**
 * Builds a client for an address. @param tokens the first that the server takes is used: while the token changes, the
 * file may name one that it has not taken up yet.
 */
export function createAdminClient(address: URL, tokens: readonly string[]): AdminClient {
  async function withToken<Answer extends AdminAnswer | Ended>(use: (token: string) => Promise<Answer>) {
    let answer: Answer | AdminAnswer = { outcome: 'failed', why: 'The configuration names no admin.token.' };
    for (const token of tokens) {
      answer = await use(token);
      if (answer.outcome !== 'answered' || answer.status !== 401) break;
    }
    return answer;
  }
  return {
    address: address.origin,
    call: (method, path, body) => withToken((token) => callOnce(address, token, { method, path, body })),
    follow: (path, onLine, signal) => withToken((token) => followOnce(address, token, { path, onLine, signal })),
  };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/**
 * Speaks plain HTTP too, over an agent of node:https: whoever imports node:http loads all of undici with it, for exports that
 * nobody asks for, which is as much work as everything else that a command does.
 */
function send(address: URL, token: string, { method, path, body }: Call, signal: AbortSignal): ClientRequest {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  if (address.protocol === 'http:') {
    const plain = { protocol: 'http:', defaultPort: 80, createConnection: connect };
    Object.assign(agent, plain);
  }
  const sent = request(new URL(path, address.origin), {
    method,
    agent,
    signal,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    },
  });
  sent.end(text);
  return sent;
}

function callOnce(address: URL, token: string, call: Call): Promise<AdminAnswer> {
  const { origin } = address;
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ outcome: 'failed', why });
    send(address, token, call, AbortSignal.timeout(patienceMs))
      .on('response', (response) => {
        readAll(response).then(
          (answer) => resolve(parse(answer, response.statusCode ?? 0, origin)),
          () => fail(`The answer of ${origin} broke off.`),
        );
      })
      .on('error', (error: NodeJS.ErrnoException) => fail(explain(error, origin)));
  });
}

interface Following {
  readonly path: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

function followOnce(address: URL, token: string, { path, onLine, signal }: Following): Promise<AdminAnswer | Ended> {
  const { origin } = address;
  return new Promise((resolve) => {
    let hasBegun = false;
    const sent = send(address, token, { method: 'GET', path }, signal);
    const fail = (error: NodeJS.ErrnoException) =>
      resolve(hasBegun ? { outcome: 'ended' } : { outcome: 'failed', why: explain(error, origin) });
    sent
      .setTimeout(longestSilenceMs, () => sent.destroy(new Error(`it said nothing for ${longestSilenceMs / 1000} s`)))
      .on('response', (response) => {
        const status = response.statusCode ?? 0;
        hasBegun = status === 200;
        const done = hasBegun
          ? readLines(response, onLine).then((): Ended => ({ outcome: 'ended' }))
          : readAll(response).then((text) => parse(text, status, origin));
        done.then(resolve, fail);
      })
      .on('error', fail);
  });
}

/** One line is in memory at a time, and the server waits while `onLine` does. */
async function readLines(response: IncomingMessage, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new RangeError('A line is too long.');
    for (const line of lines) onLine(line);
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > longestAnswerBytes) throw new RangeError('The answer is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, status: number, origin: string): AdminAnswer {
  try {
    return { outcome: 'answered', status, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return {
      outcome: 'failed',
      why: `What answers at ${origin} is not the admin listener of Postern (status ${status}).`,
    };
  }
}

function explain(error: NodeJS.ErrnoException, origin: string): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `The server at ${origin} did not answer within ${patienceMs / 1000} s.`;
  const hint = 'Is Postern running, and is this the file that it runs with? Another address: --admin http://HOST:PORT';
  return `No server answers at ${origin} (${error.code ?? error.message}). ${hint}`;
}

/** An address to dial for one to listen on: all interfaces include loopback. */
function textOf({ host, port }: ListenAddress): string {
  const dialled = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${dialled.includes(':') ? `[${dialled}]` : dialled}:${port}`;
}
