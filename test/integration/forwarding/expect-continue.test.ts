import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { pairsOf } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

test.each(['Content-Length: 5\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n'])(
  'a body that waits for 100-continue arrives, with our headers and without the client’s (%j)',
  async (framing) => {
    let seen: [string, string][] = [];
    let body = '';
    await wire.open(
      (request, response) => {
        seen = pairsOf(request.rawHeaders);
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => response.end('done'));
      },
      { identity: ['x-postern-user', 'ada'] },
    );
    const client = connect(wire.proxy.port, '127.0.0.1');
    client.write(
      `POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nExpect: 100-continue\r\nX-Postern-User: mallory\r\n${framing}`,
    );
    const [interim] = await once(client, 'data');
    expect(String(interim)).toMatch(/^HTTP\/1\.1 100 /);
    client.write(framing.startsWith('Content') ? 'hello' : '5\r\nhello\r\n0\r\n\r\n');
    let received = '';
    client.on('data', (chunk: Buffer) => {
      received += chunk;
    });
    await once(client, 'close');
    expect(received).toContain('done');
    expect(body).toBe('hello');
    expect(seen.filter(([name]) => name === 'x-postern-user')).toEqual([['x-postern-user', 'ada']]);
    expect(seen.map(([name]) => name)).not.toContain('expect');
  },
);
