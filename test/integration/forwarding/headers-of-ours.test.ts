import { afterEach, expect, test } from '@jest/globals';
import { getRequest, pairsOf } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

test('our cookie does not go up and an app cannot set it', async () => {
  let cookie: string | undefined;
  await wire.open((request, response) => {
    cookie = request.headers.cookie;
    response.writeHead(200, { 'set-cookie': ['a=1', '__Host-postern=stolen; Path=/', 'b=2'] });
    response.end();
  });
  const received = await wire.send(getRequest('/', ['Cookie: __Host-postern=secret; theme=dark']));
  expect(cookie).toBe('theme=dark');
  expect(received).toContain('a=1');
  expect(received).toContain('b=2');
  expect(received).not.toContain('stolen');
});

test('an app’s answer comes down as it was, with no header added', async () => {
  const head =
    'HTTP/1.1 418 Short And Stout\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 3\r\nX-One: 1\r\nX-Two: a\r\nX-Two: b\r\nX-Latin: \xe9\r\n\r\n';
  await wire.startRawUpstream((socket) => {
    socket.on('data', () => socket.write(Buffer.from(`${head}tea`, 'latin1')));
  });
  await wire.startProxy();
  const received = await wire.send(getRequest('/'));
  const [receivedHead = '', body] = received.split('\r\n\r\n');
  const [statusLine, ...lines] = receivedHead.split('\r\n');
  expect(statusLine).toBe('HTTP/1.1 418 Short And Stout');
  expect(body).toBe('tea');
  const flat = lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  expect(pairsOf(flat)).toEqual([
    ['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['content-length', '3'],
    ['x-one', '1'],
    ['x-two', 'a'],
    ['x-two', 'b'],
    ['x-latin', '\xe9'],
    ['connection', 'close'],
  ]);
});

test('an app’s own 401 passes untouched', async () => {
  await wire.open((_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="app"', 'postern-decision-id': 'dec_forged' });
    response.end('no');
  });
  const received = await wire.send(getRequest('/'));
  expect(received).toContain('Basic realm="app"');
  expect(received).not.toContain('dec_forged');
});
