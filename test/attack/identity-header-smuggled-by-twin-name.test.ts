import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { getRequest, pairsOf } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

let seen: [string, string][];

beforeEach(async () => {
  seen = [];
  const note = (request: { rawHeaders: string[] }) => {
    seen = pairsOf(request.rawHeaders);
  };
  await wire.startUpstream((request, response) => {
    note(request);
    response.end();
  });
  wire.upstream.server.on('upgrade', (request, socket) => {
    note(request);
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  await wire.startProxy({
    identity: ['x-postern-user', 'ada', 'x-postern-assertion', 'signed'],
  });
});

const twins = [
  'X-Postern-User',
  'x-postern-user',
  'X-POSTERN-USER',
  'X_Postern_User',
  'x-postern_user',
  'X.Postern.User',
  'x~postern~user',
  "X'Postern'User",
  'X-Postern-Assertion',
  'x_postern_assertion',
  'X-Postern-Groups',
  'X_Postern-Email',
];

/** The name as CGI, WSGI and PHP applications see it. */
function environmentName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

function identityIn(headers: readonly [string, string][]): string[] {
  return headers
    .filter(([name]) => environmentName(name).startsWith('X_POSTERN'))
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
}

test.each(twins)('the app sees our identity headers and none of the client’s: %s', async (name) => {
  await wire.send(getRequest('/', [`${name}: mallory`, `${name}: mallory again`]));
  expect(identityIn(seen)).toEqual(['x-postern-assertion: signed', 'x-postern-user: ada']);
});

test.each(twins)('nor on an upgrade: %s', async (name) => {
  const handshake = ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];
  await wire.send(
    getRequest('/', [...handshake, `${name}: mallory`]).replace('Connection: close', 'Connection: Upgrade'),
  );
  expect(identityIn(seen)).toEqual(['x-postern-assertion: signed', 'x-postern-user: ada']);
});

test('nor after Expect: 100-continue', async () => {
  await wire.send(
    'POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nExpect: 100-continue\r\nX_Postern_User: mallory\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
  );
  expect(seen.filter(([, value]) => value.includes('mallory'))).toEqual([]);
  expect(seen).toContainEqual(['x-postern-user', 'ada']);
});

test.each([
  ['announced', 'Trailer: X-Postern-User\r\n'],
  ['not announced', ''],
])(
  'nor as a trailer that is %s: the request is refused, and nothing of it is the end of one',
  async (_what, announced) => {
    await wire.send(
      `POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${announced}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Postern-User: mallory\r\n\r\n`,
    );
    expect(wire.proxy.faults.map(({ code }) => code)).toEqual(['request_trailers']);
    expect(seen.filter(([, value]) => value.includes('mallory'))).toEqual([]);
  },
);
