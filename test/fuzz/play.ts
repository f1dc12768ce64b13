import type { Socket } from 'node:net';
import { setImmediate as breathe } from 'node:timers/promises';
import { type FuzzAnswer, readAnswers } from './read-answers.ts';
import type { FuzzHosts, FuzzScript } from './script.ts';
import { isBroken, namePattern } from './upstream.ts';

/** A listener under attack. */
export interface FuzzTarget {
  readonly name: string;
  readonly hosts: FuzzHosts;
  open(): Promise<FuzzConnection>;
}

export interface FuzzConnection {
  readonly socket: Socket;
  /** The bare connection, below TLS. */
  readonly wire: Socket;
}

/** How long a connection may take that must end by itself. Generous: it only says that something hangs. */
const patienceMs = 60_000;
/** After so long without a byte, a connection that nobody ends is given up. */
const quietMs = 25;

/** Does what the script says on a connection of its own; answers what was wrong with what came back, in sentences. */
export async function playScript(target: FuzzTarget, script: FuzzScript): Promise<readonly string[]> {
  const { socket, wire } = await target.open();
  const heard = hear({ socket, wire }, script);
  await write(socket, script);
  switch (script.end) {
    case 'destroy':
      socket.destroy();
      break;
    case 'reset':
      wire.resetAndDestroy();
      break;
    case 'half':
      socket.end();
      break;
    case 'wait':
      break;
    default:
      script.end satisfies never;
  }
  const { text, isHanging, isReset } = await heard;
  const faults = findForeignNames(text, script.connection);
  if (isHanging) faults.push('The connection did not end.');
  if (script.kind === 'whole' && !isHanging) faults.push(...judgeAnswers(target, script, text, isReset));
  return faults.map((fault) => `${target.name}, connection ${script.connection} (${script.kind}): ${fault}`);
}

async function write(socket: Socket, { bytes, splits }: FuzzScript): Promise<void> {
  let from = 0;
  for (const split of [...splits, bytes.length]) {
    if (socket.destroyed) return;
    if (split > from) socket.write(bytes.subarray(from, split));
    from = split;
    if (split < bytes.length) await breathe();
  }
}

function hear(
  { socket, wire }: FuzzConnection,
  script: FuzzScript,
): Promise<{ readonly text: string; readonly isHanging: boolean; readonly isReset: boolean }> {
  return new Promise((resolve) => {
    const chunks: string[] = [];
    let isReset = false;
    let quiet: NodeJS.Timeout | undefined;
    let hasUpgradeSent = script.isUpgradeEarly || script.upgrade.length === 0;
    const finish = (isHanging: boolean) => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      socket.destroy();
      resolve({ text: chunks.join(''), isHanging, isReset });
    };
    const deadline = setTimeout(() => finish(true), patienceMs);
    const endsBySelf = script.kind === 'whole' && script.upgrade.length === 0;
    /** Whoever has nothing more to expect leaves. */
    const waitForQuiet = () => {
      if (endsBySelf) return;
      clearTimeout(quiet);
      quiet = setTimeout(
        () => finish(false),
        script.kind === 'whole' && !isAnswered(script, chunks) ? patienceMs : quietMs,
      );
    };
    const sendUpgrade = () => {
      if (hasUpgradeSent || script.kind !== 'whole' || !isAnswered(script, chunks)) return;
      hasUpgradeSent = true;
      socket.write(script.upgrade);
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString('latin1'));
      sendUpgrade();
      waitForQuiet();
    });
    const onError = () => {
      isReset = true;
    };
    socket.on('error', onError);
    wire.on('error', onError);
    socket.on('close', () => finish(false));
    sendUpgrade();
    waitForQuiet();
  });
}

function isAnswered({ requests }: FuzzScript, chunks: readonly string[]): boolean {
  const { answers } = readAnswers(
    chunks.join(''),
    requests.map(({ method }) => method),
  );
  return answers.filter(({ isWhole }) => isWhole).length >= requests.length;
}

/** Every byte of one exchange belongs to it: nobody else's name may be in what a connection hears. */
function findForeignNames(text: string, connection: string): string[] {
  for (const [name, other] of text.matchAll(namePattern)) {
    if (other !== connection && !(isBroken(connection) && isBroken(name)))
      return [`It heard bytes of another connection: ${name}.`];
  }
  return [];
}

/** Whole requests are all answered, in order, each with its own answer, unless an answer ends the connection. */
function judgeAnswers(target: FuzzTarget, script: FuzzScript, text: string, isReset: boolean): readonly string[] {
  const { requests } = script;
  const { answers, fault } = readAnswers(
    text,
    requests.map(({ method }) => method),
  );
  if (fault !== undefined) return [fault];
  const told = () =>
    JSON.stringify(answers.map(({ status, headers }) => [status, headers.get('x-name')])).slice(0, 600);
  const faults: string[] = [];
  for (const [place, answer] of answers.slice(0, requests.length).entries()) {
    const request = requests[place];
    if (request !== undefined && target.hosts.hasApp) faults.push(...judgeAnswer(request, answer, isReset));
  }
  const last = answers.at(-1);
  // An answer that ends the connection while the client still sends may be lost to a reset (RFC 9112 section 9.6).
  if (!isReset && answers.length < requests.length && last?.headers.get('connection')?.toLowerCase() !== 'close') {
    faults.push(`Only ${answers.length} of ${requests.length} requests were answered: ${told()}`);
  }
  const most = requests.length + (script.upgrade.length > 0 ? 1 : 0);
  if (answers.length > most && script.upgrade.length === 0)
    faults.push(`There are more answers than requests: ${told()}`);
  return faults;
}

function judgeAnswer(
  { name, isServed, hasTrailers }: FuzzScript['requests'][number],
  answer: FuzzAnswer,
  isReset: boolean,
): readonly string[] {
  const { status, headers, body, isWhole } = answer;
  if (!isServed) return status >= 400 && status < 500 ? [] : [`${name} was to be refused and got ${status}.`];
  // An app that answers before the end of the body has answered; else what cannot be passed on is refused, not dropped.
  if (hasTrailers && status === 400 && body.includes('trailers-refused')) return [];
  if (status !== 200 && status !== 204) return [`${name} was to be served and got ${status}: ${body.slice(0, 200)}`];
  if (headers.get('x-name') !== name) {
    return [`${name} got the answer to ${headers.get('x-name')}: ${status} ${JSON.stringify([...headers])}`];
  }
  if (isWhole && body.replaceAll(name, '') !== '') return [`The answer to ${name} has bytes that are not its own.`];
  return isWhole || isReset ? [] : [`The answer to ${name} was cut.`];
}
