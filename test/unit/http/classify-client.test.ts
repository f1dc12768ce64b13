import { describe, expect, test } from '@jest/globals';
import { classifyClient } from '../../../src/http/classify-client.ts';

const api = [{ matches: (path: string) => path.startsWith('/api/') }];

describe('the kind of client', () => {
  test.each([
    ['websocket', { upgrade: 'WebSocket' }, 'GET'],
    ['websocket', { upgrade: 'websocket', 'sec-fetch-mode': 'websocket', 'content-type': 'application/grpc' }, 'GET'],
    ['grpc', { 'content-type': 'application/grpc-web+proto', 'sec-fetch-mode': 'cors' }, 'POST'],
    ['preflight', { 'access-control-request-method': 'PUT', 'sec-fetch-mode': 'cors' }, 'OPTIONS'],
    ['document', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 'GET'],
    ['document_post', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 'POST'],
    ['frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 'GET'],
    ['frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 'POST'],
    ['script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/html' }, 'GET'],
    ['script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/event-stream' }, 'GET'],
    ['subresource', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 'GET'],
    ['api', { accept: 'text/html', authorization: 'Bearer x' }, 'GET'],
    ['api', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }, 'GET'],
    ['document', { accept: 'text/html,*/*' }, 'GET'],
    ['api', { accept: 'text/html' }, 'POST'],
    ['api', { accept: '*/*' }, 'GET'],
    ['api', {}, 'GET'],
    ['api', { upgrade: 'h2c' }, 'GET'],
  ] as const)('is %s for %j with %s', (kind, headers, method) => {
    expect(classifyClient(headers, method, '/', api)).toBe(kind);
  });

  test('is api on an api path whatever the browser says, but an upgrade stays one', () => {
    const browser = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' };
    expect(classifyClient(browser, 'GET', '/api/x', api)).toBe('api');
    expect(classifyClient({ ...browser, upgrade: 'websocket' }, 'GET', '/api/x', api)).toBe('websocket');
  });
});
