import { describe, expect, test } from '@jest/globals';
import { classifyClient } from '../../../src/http/classify-client.ts';
import { fetchKindOf } from '../../../src/http/fetch-kind.ts';

describe('what an answer is for', () => {
  test.each([
    ['page', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    ['page', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['page', 'GET', { accept: 'text/html', range: 'bytes=0-' }],
    ['page', 'POST', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'video' }],
    ['page', 'GET', { upgrade: 'websocket' }],
    ['page', 'GET', { 'content-type': 'application/grpc', range: 'bytes=0-' }],
    ['media', 'GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'video' }],
    ['media', 'GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'audio' }],
    ['media', 'GET', { accept: '*/*', range: 'bytes=0-1' }],
    ['media', 'HEAD', { accept: '*/*', 'x-playback-session-id': 'B9C' }],
    ['media', 'GET', { 'icy-metadata': '1' }],
    ['part', 'GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', range: 'bytes=0-1' }],
    ['part', 'GET', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['part', 'GET', { accept: '*/*' }],
  ] as const)('is a %s for %s with %j', (kind, method, headers) => {
    expect(fetchKindOf(headers, method, classifyClient(headers, method, '/'))).toBe(kind);
  });
});
