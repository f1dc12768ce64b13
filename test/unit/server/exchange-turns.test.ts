import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentGuard } from '../../../src/http/connection-guard.ts';
import { createExchangeTurns, mostWaiting } from '../../../src/server/exchange-turns.ts';

describe('requests that a client sends ahead', () => {
  const turns = createExchangeTurns(silentGuard);
  /** What was begun, and how each is answered. */
  let begun: { readonly url: string; readonly response: ServerResponse }[] = [];
  let onBegun: (() => void) | undefined;
  let client: Socket;
  let heard = '';
  const server = createServer((request: IncomingMessage, response: ServerResponse) =>
    turns.take(response, () => {
      request.resume();
      begun.push({ url: request.url ?? '', response });
      onBegun?.();
    }),
  );
  beforeEach(async () => {
    begun = [];
    heard = '';
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    client.on('data', (chunk) => {
      heard += String(chunk);
    });
  });
  afterEach(async () => {
    onBegun = undefined;
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const post = (path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const untilBegun = (count: number) =>
    new Promise<void>((resolve) => {
      onBegun = () => begun.length >= count && resolve();
      onBegun();
    });
  const ended = () => new Promise<void>((resolve) => client.once('close', () => resolve()));

  test('are begun one after the other, each when the answer before it is over', async () => {
    client.write(get('/1') + post('/2', 'hello') + get('/3'));
    for (const count of [1, 2, 3]) {
      await untilBegun(count);
      // Whatever was to be begun too early has been by now: all of it came in one piece.
      await new Promise((resolve) => setImmediate(resolve));
      expect(begun.map(({ url }) => url)).toEqual(['/1', '/2', '/3'].slice(0, count));
      if (count === 3) begun[2]?.response.setHeader('Connection', 'close');
      begun[count - 1]?.response.end(`answer ${count}`);
    }
    await ended();
    expect(heard.match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  test('are read no further while any waits, and all of them in the end', async () => {
    const many = 2_000;
    onBegun = () => {
      const last = begun.at(-1);
      if (last?.url === `/${many}`) last.response.setHeader('Connection', 'close');
      last?.response.end(`answer ${last.url};`);
    };
    // In pieces, so that they are not read at once.
    for (let at = 1; at <= many; at += 50) {
      client.write(Array.from({ length: 50 }, (_, index) => get(`/${at + index}`)).join(''));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended();
    expect(heard.match(/answer \/\d+;/g)).toHaveLength(many);
  });

  test('end with the answer that says so, where they are too many at once', async () => {
    client.write(Array.from({ length: mostWaiting * 3 }, (_, index) => get(`/${index}`)).join(''));
    onBegun = () => begun.at(-1)?.response.end();
    onBegun();
    await ended();
    expect(begun).toHaveLength(mostWaiting + 1);
    expect(heard.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(mostWaiting + 1);
    expect(heard.match(/Connection: close/g)).toHaveLength(1);
  });

  test('are not begun when the answer before them ends the connection', async () => {
    client.write(get('/1') + get('/2'));
    await untilBegun(1);
    begun[0]?.response.setHeader('Connection', 'close').end();
    await ended();
    expect(begun).toHaveLength(1);
  });
});
