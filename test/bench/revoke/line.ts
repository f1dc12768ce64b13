import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

/** One TLS connection that asks one question after the other: a browser's, without the cost of one. */
export interface Line {
  /** Answers the status; 0 when the connection is gone. */
  ask(cookie: string, path?: string): Promise<number>;
  close(): void;
}

const endOfHead = '\r\n\r\n';

/** Opens a connection; all of its requests go to one worker. */
export async function openLine(port: number, host: string, ca: string): Promise<Line> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: host, ca });
  await once(socket, 'secureConnect');
  socket.setEncoding('latin1');
  let text = '';
  let settle: ((status: number) => void) | undefined;
  const answer = (status: number): void => {
    const told = settle;
    settle = undefined;
    text = '';
    told?.(status);
  };
  socket.on('data', (chunk: string) => {
    text += chunk;
    const head = text.indexOf(endOfHead);
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
    if (text.length >= head + endOfHead.length + length) answer(Number(text.slice(9, 12)));
  });
  socket.on('error', () => answer(0));
  socket.on('close', () => answer(0));
  return {
    ask(cookie, path = '/') {
      if (socket.destroyed) return Promise.resolve(0);
      return new Promise((resolve) => {
        settle = resolve;
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nCookie: ${cookie}\r\nAccept: application/json\r\nSec-Fetch-Mode: cors\r\nUser-Agent: bench\r\n\r\n`,
        );
      });
    },
    close: () => socket.destroy(),
  };
}
