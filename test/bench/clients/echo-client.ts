import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

/**
 * 32 WebSockets that each send a message as soon as the one before came back. Prints a line when they are warm, and one with
 * the number of messages that came back since, after so many seconds.
 */
const [url = '', headers = '{}', seconds = '1'] = process.argv.slice(2);
const message = 'x'.repeat(100);
const warmUpMs = 1_000;
let echoed = 0;

const sockets = Array.from(
  { length: 32 },
  () =>
    new WebSocket(url, {
      headers: JSON.parse(headers),
      perMessageDeflate: false,
      // Whom it speaks to is not what is measured.
      rejectUnauthorized: false,
    }),
);
await Promise.all(sockets.map((socket) => once(socket, 'open')));
for (const socket of sockets) {
  socket.on('message', () => {
    echoed += 1;
    socket.send(message);
  });
  socket.send(message);
}
await pause(warmUpMs);
echoed = 0;
process.stdout.write(`${JSON.stringify({ isWarm: true })}\n`);
await pause(Number(seconds) * 1_000);
process.stdout.write(`${JSON.stringify({ done: echoed })}\n`, () => process.exit(0));
