import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/**
 * The app behind every contender, kept alive: 300 bytes, or what the path's last part asks for (`10k`, `1m`). It reads what
 * is posted to it. Over TLS with a certificate and a key. Prints its port when it listens.
 */
const [certificate, key] = process.argv.slice(2);
const usual = Buffer.alloc(300, 'x');
const bodies = new Map([
  ['10k', Buffer.alloc(10 * 1024, 'x')],
  ['1m', Buffer.alloc(1024 * 1024, 'x')],
]);
const answer: RequestListener = (request, response) => {
  const body = bodies.get(request.url?.slice(request.url.lastIndexOf('/') + 1) ?? '') ?? usual;
  const head = { 'Content-Type': 'text/plain', 'Content-Length': String(body.length) };
  request.resume().on('end', () => response.writeHead(200, head).end(body));
};
// The headers of somebody in 500 groups are longer than Node takes by itself.
const options = { keepAliveTimeout: 60_000, maxHeaderSize: 128 * 1024 };
const server =
  certificate === undefined || key === undefined
    ? createServer(options, answer)
    : createTlsServer({ ...options, cert: readFileSync(certificate), key: readFileSync(key) }, answer);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
