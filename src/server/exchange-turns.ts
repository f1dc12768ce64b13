import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionGuard } from '../http/connection-guard.ts';

/**
 * One exchange at a time on each connection (security-rules.md 32). Node reads every request that a client has sent ahead and
 * calls for all of them at once; here the next one waits for the end of the answer before it, so that a connection
 * never has more than one request at work. While any waits, nothing more is read.
 */
export interface ExchangeTurns {
  /** Serves the request of this response when the answers before it on its connection are over; at once if there are none. */
  take(response: ServerResponse, serve: () => unknown): void;
  /** True while an answer is open, or a request waits for its turn. */
  isOpen(socket: Duplex): boolean;
  /** True while the open exchange is the only one, and its request has not come whole. */
  isReadingOnlyRequest(socket: Duplex): boolean;
  /**
   * Ends the row: nothing that comes later on this connection is served. `act` is called once every answer is over that
   * came before, unless the connection has ended by then; it is called at once if there is none.
   */
  close(socket: Duplex, act: () => void): void;
}

/**
 * How many requests may wait in a connection. The answer to the last of them ends the connection: a client that sends
 * more ahead asks for the rest again on another one (RFC 9112 section 9.3.2).
 */
export const mostWaiting = 100;

interface Waiting {
  readonly response: ServerResponse;
  readonly serve: () => unknown;
}

interface Row {
  readonly socket: Socket;
  current: ServerResponse | undefined;
  waiting: Waiting[];
  /** `free` until the first time that anything waits. */
  reading: 'free' | 'held' | 'released';
  isClosed: boolean;
  atEnd: (() => void) | undefined;
}

/** Builds the rows of one server's connections. */
export function createExchangeTurns(guard: ConnectionGuard): ExchangeTurns {
  const rows = new WeakMap<Duplex, Row>();

  function rowOf(socket: Socket): Row {
    let row = rows.get(socket);
    if (row === undefined) {
      row = { socket, current: undefined, waiting: [], reading: 'free', isClosed: false, atEnd: undefined };
      rows.set(socket, row);
    }
    return row;
  }

  function begin(row: Row, response: ServerResponse, serve: () => unknown): void {
    row.current = response;
    response.once('close', () => goOn(row));
    guard.run(row.socket, 'request', serve);
  }

  function goOn(row: Row): void {
    row.current = undefined;
    const next = row.waiting.shift();
    // Node gives the socket to the next response unless the one before has ended the connection.
    if (row.socket.destroyed || (next !== undefined && next.response.socket === null)) {
      row.waiting = [];
      return;
    }
    if (row.waiting.length === 0 && !row.isClosed) letGo(row);
    if (next !== undefined) begin(row, next.response, next.serve);
    else if (row.atEnd !== undefined && row.socket.writable) guard.run(row.socket, 'unreadable', row.atEnd);
  }

  function wait(row: Row, response: ServerResponse, serve: () => unknown): void {
    row.waiting.push({ response, serve });
    hold(row);
    keepParserOpen(row.socket);
    if (row.waiting.length < mostWaiting) return;
    row.isClosed = true;
    response.shouldKeepAlive = false;
  }

  return {
    take(response, serve) {
      const row = rowOf(response.req.socket);
      if (row.isClosed) return;
      if (row.current === undefined) begin(row, response, serve);
      else wait(row, response, serve);
    },
    isOpen: (socket) => rows.get(socket)?.current !== undefined,
    isReadingOnlyRequest(socket) {
      const row = rows.get(socket);
      return row?.current !== undefined && row.waiting.length === 0 && !row.current.req.complete;
    },
    close(socket, act) {
      const row = rows.get(socket);
      if (row?.current === undefined) return act();
      if (row.atEnd !== undefined) return;
      row.isClosed = true;
      row.atEnd = act;
      hold(row);
      // Node has let go of a connection that asks for an upgrade, and tells its answers no more that they may go on.
      socket.on('drain', () => {
        if (row.current?.writableNeedDrain === true) row.current.emit('drain');
      });
    },
  };
}

/**
 * Node pauses the parser of a connection whose answers wait to be sent, and then fails on the rest of what TLS has read
 * already (`HPE_PAUSED`): an honest client would lose its connection. Here reading has stopped, and that is enough.
 */
function keepParserOpen(socket: Socket): void {
  if (Reflect.get(socket, '_paused') === true) Reflect.set(socket, '_paused', false);
}

/**
 * Stops reading. Node starts again whenever somebody reads a body of this connection, also of an exchange that is over,
 * and then the stream and its parser differ about whether it flows: only the events reach the parser for certain.
 */
function hold(row: Row): void {
  const { socket, reading } = row;
  if (reading === 'held') return;
  row.reading = 'held';
  socket.pause();
  socket.emit('pause');
  if (reading === 'released') return;
  socket.on('resume', () => {
    if (row.reading === 'held') socket.emit('pause');
  });
}

function letGo(row: Row): void {
  if (row.reading !== 'held') return;
  row.reading = 'released';
  row.socket.resume();
  row.socket.emit('resume');
}
