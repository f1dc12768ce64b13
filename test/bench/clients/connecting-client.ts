import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';

/**
 * Opens one connection after the other, eight at a time, each with a full handshake and one request. Prints a line when it is
 * warm, and one with the number of connections since, after so many seconds.
 */
const [port = '', authority = '', cookie = '', seconds = '1'] = process.argv.slice(2);
const ca = readFileSync(authority, 'utf8');
const host = 'app.localhost';
const warmUpMs = 2_000;
let done = 0;

async function askOnce(): Promise<void> {
  // Without a session to resume, every handshake is a whole one.
  const socket = connect({ port: Number(port), host: '127.0.0.1', servername: host, ca });
  socket.write(
    `GET /app HTTP/1.1\r\nHost: ${host}:${port}\r\nCookie: __Host-postern=${cookie}\r\nUser-Agent: bench\r\nConnection: close\r\n\r\n`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(head.toString('latin1').slice(0, 200));
  socket.resume();
  await once(socket, 'close');
  done += 1;
}

for (let line = 0; line < 8; line += 1) {
  void (async () => {
    for (;;) await askOnce();
  })();
}
await pause(warmUpMs);
done = 0;
process.stdout.write(`${JSON.stringify({ isWarm: true })}\n`);
await pause(Number(seconds) * 1_000);
process.stdout.write(`${JSON.stringify({ done })}\n`, () => process.exit(0));
