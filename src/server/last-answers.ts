import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The connections of a server, so that each is closed behind an answer and none before one. */
export interface LastAnswers {
  /** Hears of each request. False: its connection has had its last answer, which said so; nobody may act on this one. */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** The request on this socket is no HTTP any more: others look after it. */
  forget(socket: Duplex): void;
  /** From now on each answer says `Connection: close`, and its connection is closed behind it. */
  begin(): void;
  /** Closes what waits for a request. */
  closeIdle(): void;
}

interface Connection {
  /** The newest one, until its answer is over. */
  running: ServerResponse | undefined;
  isLast: boolean;
}

/**
 * Keeps the books of a server's connections. Closing behind the last answer is in two halves: our side is ended, and what
 * the client still sends is read and dropped until it ends its own. Closed at once, with bytes of a further request unread,
 * the system would reset the connection, and a reset takes the answer with it.
 */
export function createLastAnswers(server: Pick<Server, 'on'>, isOverTls: boolean): LastAnswers {
  const connections = new Map<Duplex, Connection>();
  let isEnding = false;

  server.on(isOverTls ? 'secureConnection' : 'connection', (socket: Duplex) => {
    connections.set(socket, { running: undefined, isLast: false });
    socket.on('close', () => connections.delete(socket));
  });

  function makeLast(socket: Duplex, connection: Connection, response: ServerResponse): void {
    connection.isLast = true;
    response.shouldKeepAlive = false;
    // Node's server calls this once the last answer is written, and would close both halves.
    Object.assign(socket, { destroySoon: () => socket.end() });
  }

  return {
    admit(request, response) {
      const { socket } = request;
      const connection = connections.get(socket);
      if (connection === undefined) return true;
      if (connection.isLast) return false;
      connection.running = response;
      response.once('close', () => {
        if (connection.running === response) connection.running = undefined;
      });
      if (isEnding) makeLast(socket, connection, response);
      return true;
    },
    forget: (socket) => void connections.delete(socket),
    begin() {
      isEnding = true;
      for (const [socket, connection] of connections) {
        const { running } = connection;
        if (running !== undefined && !running.headersSent) makeLast(socket, connection, running);
      }
    },
    closeIdle() {
      for (const [socket, { running }] of connections) if (running === undefined) socket.end();
    },
  };
}
