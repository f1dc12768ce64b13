import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

test('an app neither sees our cookie nor can set one, in headers or trailers', async () => {
  let cookies: string | undefined;
  await wire.open((request, response) => {
    cookies = request.headers.cookie;
    response.writeHead(200, {
      trailer: 'Set-Cookie',
      'set-cookie': ['__Host-postern=planted; Path=/; Secure', 'mine=1'],
    });
    response.write('x');
    response.addTrailers({ 'Set-Cookie': '__Host-postern=planted' });
    response.end();
  });
  const received = await wire.send(
    getRequest('/', ['Cookie: a=1; __Host-postern=secret', 'Cookie: __Host-postern=secret', 'Cookie: b=2']),
  );
  expect(cookies).toBe('a=1; b=2');
  expect(received).not.toContain('planted');
  expect(received).toContain('mine=1');
});
