import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { WebSocketServer } from 'ws';

/** An app over TLS that says every WebSocket message again. Prints its port when it listens. */
const [certificate = '', key = ''] = process.argv.slice(2);
const answer = Buffer.alloc(300, 'x');
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) =>
  response.end(answer),
);
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('error', () => socket.terminate());
  socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
