import { connect } from 'node:net';
import type { ListenAddress } from '../config/snapshot.ts';

/** Looks whether listeners still take connections, as a client sees it. */
export interface AcceptingWatch {
  stop(): void;
}

export interface AcceptingWatchParts {
  /** Where somebody should take connections now; asked for each round. One that is left out begins anew. */
  readonly addresses: () => readonly ListenAddress[];
  /** Hears once that a listener has taken none for all rounds of `patience`. */
  readonly onStalled: (address: ListenAddress, why: string) => void;
  /** Resolves with `undefined` when the listener took it, else with why it did not. Default: over the network. */
  readonly dial?: (address: ListenAddress) => Promise<string | undefined>;
  /** Calls `work` for each round; answers how to stop. Default: every five seconds, on a timer that holds no process. */
  readonly everyRound?: (work: () => void) => () => void;
}

/** Rounds that fail one after the other, with five seconds in between, before it is given up. */
const patience = 6;
const roundMs = 5_000;
const dialMs = 4_000;

/**
 * Builds the watch. A process without file descriptors, or whose hand-over to its workers is stuck, never says so: its
 * port still completes handshakes, and nobody is behind it.
 */
export function watchAccepting(parts: AcceptingWatchParts): AcceptingWatch {
  const { dial = dialOnce, everyRound = everyFiveSeconds } = parts;
  const failed = new Map<string, number>();
  let isBusy = false;
  let isOver = false;

  async function look(address: ListenAddress): Promise<void> {
    const name = nameOf(address);
    const why = await dial(address);
    const rounds = why === undefined ? 0 : (failed.get(name) ?? 0) + 1;
    failed.set(name, rounds);
    if (why === undefined || rounds < patience || isOver) return;
    isOver = true;
    stop();
    parts.onStalled(address, why);
  }

  const stop = everyRound(() => {
    if (isBusy || isOver) return;
    isBusy = true;
    const addresses = parts.addresses();
    const names = new Set(addresses.map(nameOf));
    for (const name of failed.keys()) if (!names.has(name)) failed.delete(name);
    void Promise.all(addresses.map(look)).finally(() => {
      isBusy = false;
    });
  });
  return {
    stop() {
      isOver = true;
      stop();
    },
  };
}

/**
 * Asks as no TLS client would: whoever took the connection ends it or answers, and that is the sign of life. It costs no
 * handshake, and no more than any stranger can ask.
 */
function dialOnce({ host, port }: ListenAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: reachable(host) });
    const settle = (why: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(why);
    };
    const timer = setTimeout(() => settle('it was silent'), dialMs);
    let isConnected = false;
    socket.once('connect', () => {
      isConnected = true;
      socket.write('GET /livez HTTP/1.0\r\n\r\n');
    });
    socket.once('data', () => settle(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(isConnected ? undefined : `${error.code}`));
    socket.once('close', () => settle(undefined));
  });
}

function nameOf({ host, port }: ListenAddress): string {
  return `${host}:${port}`;
}

/** An address that stands for all of them is reached by the machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function everyFiveSeconds(work: () => void): () => void {
  const timer = setInterval(work, roundMs);
  timer.unref();
  return () => clearInterval(timer);
}
