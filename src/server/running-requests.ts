import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createSlots } from '../http/slots.ts';

/** The requests that are being answered, so that a drain can wait for them without asking again and again. */
export interface RunningRequests {
  /** Counts until the answer is over or the connection is gone. */
  begin(response: ServerResponse): void;
  /** From now on the request on this socket is an open stream: the stream registry looks after it. */
  becameStream(socket: Duplex): void;
  count(): number;
  /** Resolves when none runs; at once when none does. */
  whenNone(): Promise<void>;
}

/** Starts counting. */
export function createRunningRequests(): RunningRequests {
  const running = createSlots<Running>();
  let waiting: (() => void)[] = [];

  function end(one: Running): void {
    if (!running.leave(one.slot, one)) return;
    if (running.count() > 0) return;
    const told = waiting;
    waiting = [];
    for (const tell of told) tell();
  }

  return {
    begin(response) {
      const one: Running = { response, slot: -1 };
      one.slot = running.enter(one);
      response.once('close', () => end(one));
    },
    becameStream(socket) {
      for (const one of running) if (one.response.req.socket === socket) end(one);
    },
    count: running.count,
    whenNone: () => (running.count() === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

interface Running {
  readonly response: ServerResponse;
  slot: number;
}

/** What takes requests, of any listener. */
interface RequestTaker<Listener, Options> {
  handleRequest(
    listener: Listener,
    request: IncomingMessage,
    response: ServerResponse,
    options?: Options,
  ): Promise<void>;
}

/** Counts each request that somebody else's server hands over; a listener of ours counts its own. */
export function countRequests<Listener, Options, Taker extends RequestTaker<Listener, Options>>(
  taker: Taker & RequestTaker<Listener, Options>,
  running: Pick<RunningRequests, 'begin'>,
): Taker {
  return {
    ...taker,
    handleRequest(listener: Listener, request: IncomingMessage, response: ServerResponse, options?: Options) {
      running.begin(response);
      return taker.handleRequest(listener, request, response, options);
    },
  };
}
