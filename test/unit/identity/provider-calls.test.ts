import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createProviderCalls, longestAnswerBytes, responseOf } from '../../../src/identity/provider-calls.ts';

let handle: (response: ServerResponse) => void = (response) => void response.end();
const server = createServer((_request, response) => handle(response));
const calls: string[] = [];
const errors: string[] = [];
const call = createProviderCalls(
  { id: 'corp', clientId: 'postern' },
  {
    metrics: { providerCalled: (...values) => void calls.push(values.join(' ')) },
    log: { error: (facts) => void errors.push(JSON.stringify(facts)) },
  },
);
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

beforeEach(async () => {
  calls.length = 0;
  errors.length = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a call to a provider', () => {
  test('reads an answer of the greatest size whole, and none that is a byte longer', async () => {
    handle = (response) => void response.end(Buffer.alloc(longestAnswerBytes, 'a'));
    expect((await responseOf(await call(url(), 'token', {})).text()).length).toBe(longestAnswerBytes);
    handle = (response) => void response.end(Buffer.alloc(longestAnswerBytes + 1, 'a'));
    await expect(call(url(), 'token', {})).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(calls).toEqual(['corp token ok', 'corp token error']);
  });

  test('that trickles ends with the time of the whole call, not of a piece', async () => {
    const closed = Promise.withResolvers<void>();
    handle = (response) => {
      const trickle = setInterval(() => response.write(' '), 5);
      response.on('close', () => {
        clearInterval(trickle);
        closed.resolve();
      });
    };
    const signal = AbortSignal.timeout(100);
    await expect(call(url(), 'jwks', { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    await closed.promise;
    expect(calls).toEqual(['corp jwks timeout']);
  });

  test.each(['invalid_client', 'unauthorized_client', 'unsupported_grant_type'])(
    'that turns our client down with %s is an alarm',
    async (error) => {
      handle = (response) => void response.writeHead(401).end(JSON.stringify({ error }));
      await call(url(), 'token', {});
      expect(calls).toEqual(['corp token refused']);
      expect(errors.join()).toContain(error);
    },
  );

  test.each([
    ['a person', 400, '{"error":"invalid_grant"}'],
    ['nobody, since it is away', 503, '{"error":"invalid_client"}'],
    ['in no JSON', 400, '<h1>invalid_client</h1>'],
  ])('that turns %s down is none', async (_whom, status, body) => {
    handle = (response) => void response.writeHead(status).end(body);
    await call(url(), 'token', {});
    expect(calls).toEqual([`corp token ${status === 503 ? 'error' : 'ok'}`]);
    expect(errors).toEqual([]);
  });
});
