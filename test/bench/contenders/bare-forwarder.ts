import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { countBuffersAsHeap } from '../../../src/compose/count-buffers-as-heap.ts';

/**
 * node:http and undici's dispatch with no checks at all: the floor that the whole pipeline is compared with. With a
 * certificate, its key, the app's authority and the app's name: TLS on both sides.
 */
const [upstream = '', certificate, key, authority, servername = ''] = process.argv.slice(2);
// Of the floor as well: what is compared is the work, and not how V8 is set.
countBuffersAsHeap();
const connect = authority === undefined ? {} : { connect: connectTo(readFileSync(authority)) };
const agent = new Agent({ connections: 128, pipelining: 1, keepAliveTimeout: 60_000, ...connect });

/** By itself undici asks for the name in the client's Host header. */
function connectTo(ca: Buffer): buildConnector.connector {
  const connector = buildConnector({ ca });
  return (options, done) => connector({ ...options, servername }, done);
}

const hopByHop = new Set(['connection', 'keep-alive', 'host', 'transfer-encoding', 'upgrade', 'te', 'expect']);

function forward(request: IncomingMessage, response: ServerResponse): void {
  const headers: string[] = ['host', request.headers.host ?? ''];
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  agent.dispatch(
    {
      origin: upstream,
      path: request.url ?? '/',
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      headers,
      body: hasBody ? request : null,
    },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, upstreamHeaders) {
        const kept: Record<string, string | string[]> = {};
        for (const [name, value] of Object.entries(upstreamHeaders)) {
          if (value !== undefined && !hopByHop.has(name)) kept[name] = value;
        }
        response.writeHead(status, kept);
      },
      onResponseData(controller, chunk) {
        if (!response.write(chunk)) {
          controller.pause();
          response.once('drain', () => controller.resume());
        }
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError() {
        response.destroy();
      },
    },
  );
}

const options = { keepAliveTimeout: 60_000 };
const server =
  certificate === undefined || key === undefined
    ? createServer(options, forward)
    : createTlsServer({ ...options, cert: readFileSync(certificate), key: readFileSync(key) }, forward);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
