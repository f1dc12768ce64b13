import { describe, expect, test } from '@jest/globals';
import { acceptHandshake } from '../../../../src/http/websocket/accept-handshake.ts';

const sound = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };

describe('accepting a handshake', () => {
  test('answers the key as RFC 6455 section 1.3 does', () => {
    expect(acceptHandshake(sound)).toEqual([
      'Upgrade',
      'websocket',
      'Connection',
      'Upgrade',
      'Sec-WebSocket-Accept',
      's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    ]);
  });

  test.each([
    ['graphql-ws, json', 'graphql-ws'],
    [' json ', 'json'],
    ['a b', undefined],
    ['x\r\nset-cookie: a', undefined],
    ['', undefined],
  ])('of the subprotocols %j takes %j', (offered, taken) => {
    const headers = acceptHandshake({ ...sound, 'sec-websocket-protocol': offered });
    expect(headers?.slice(6)).toEqual(taken === undefined ? [] : ['Sec-WebSocket-Protocol', taken]);
  });

  test.each([
    [{ ...sound, 'sec-websocket-version': '8' }],
    [{ ...sound, 'sec-websocket-key': 'short' }],
    [{ 'sec-websocket-version': '13' }],
  ])('refuses %j', (headers) => {
    expect(acceptHandshake(headers)).toBeUndefined();
  });
});
