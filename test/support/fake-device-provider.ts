import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A fake of a provider of devices on a real socket of this machine: it answers as the test says, page by page. */
export interface FakeDeviceProvider {
  readonly url: string;
  /** What it was asked, in order: path with query, and the credential. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined; readonly body: string }[];
  /** Replaces the answer to everything. */
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  close(): Promise<void>;
}

/** Answers JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Starts it on a free port. */
export async function startFakeDeviceProvider(answer: FakeDeviceProvider['answer']): Promise<FakeDeviceProvider> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      fake.asked.push({ target: request.url ?? '', authorization: request.headers.authorization, body });
      fake.answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeDeviceProvider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}
