import { afterEach, expect, test } from '@jest/globals';
import {
  getRequest,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../support/wire-proxy.ts';

let upstream: RunningServer;
let proxy: RunningProxy;

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

test('an app neither sees our cookie nor can set one, in headers or trailers', async () => {
  let cookies: string | undefined;
  upstream = await startUpstream((request, response) => {
    cookies = request.headers.cookie;
    response.writeHead(200, {
      trailer: 'Set-Cookie',
      'set-cookie': ['__Host-postern=planted; Path=/; Secure', 'mine=1'],
    });
    response.write('x');
    response.addTrailers({ 'Set-Cookie': '__Host-postern=planted' });
    response.end();
  });
  proxy = await startProxy({ upstreams: [upstream.url] });
  const received = await sendRaw(
    proxy.port,
    getRequest('/', ['Cookie: a=1; __Host-postern=secret', 'Cookie: __Host-postern=secret', 'Cookie: b=2']),
  );
  expect(cookies).toBe('a=1; b=2');
  expect(received).not.toContain('planted');
  expect(received).toContain('mine=1');
});
