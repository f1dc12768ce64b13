import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answerClientError } from '../../../src/server/answer-client-error.ts';

describe('a request that cannot be read', () => {
  let port = 0;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('the beginning of an answer');
  });
  server.on('clientError', (error, socket) => answerClientError(error, socket, () => 'dec_1'));
  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  function talk(first: string, afterAnswer?: string): Promise<string> {
    return new Promise((resolve) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(first));
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard += String(chunk);
        if (afterAnswer !== undefined && heard.endsWith('of an answer')) socket.write(afterAnswer);
      });
      socket.on('end', () => socket.end());
      socket.on('close', () => resolve(heard));
    });
  }

  test('gets a 400 with a decision id', async () => {
    const answer = await talk('nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('Postern-Decision-Id: dec_1');
  });

  test('puts nothing into the middle of an answer that is on its way', async () => {
    const answer = await talk('GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).not.toContain('400 Bad Request');
  });
});
