import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterAll);

let urls: string[] = [];

beforeAll(async () => {
  await wire.open((request, response) => {
    urls.push(request.url ?? '');
    response.end();
  });
});

const ups = [
  '..',
  '.%2e',
  '%2e.',
  '%2e%2e',
  '%2E%2E',
  '..;',
  '..;x=1',
  '..%3b',
  '%2e%2e;',
  ';..',
  ';/..',
  '.;/..',
  '..%20',
  '%252e%252e',
  '%25%32%65%25%32%65',
  '%c0%ae%c0%ae',
  '%uff0e%uff0e',
  '..%00',
  '..%0d',
  '..%09',
];
const slashes = [
  '/',
  '//',
  '%2f',
  '%2F',
  '%252f',
  '%5c',
  '\\',
  '%255c',
  '%c0%af',
  '/./',
  '/%2e/',
  '/;/',
  '%25252f',
  '%e0%80%af',
  '%u2215',
];

const corpus = ups.flatMap((up) =>
  slashes.flatMap((slash) => [
    `/public/${up}${slash}admin`,
    `/public${slash}${up}${slash}admin`,
    `/${up}${slash}admin`,
  ]),
);

/** Sends many requests over one connection each, and answers the status of each. */
async function statusOf(path: string): Promise<string> {
  const received = await wire.send(getRequest(path));
  return received.slice(9, 12);
}

test(`none of ${corpus.length} spellings of a way up is forwarded`, async () => {
  urls = [];
  const statuses = new Map<string, string>();
  for (const path of corpus) statuses.set(path, await statusOf(path));
  expect([...statuses].filter(([, status]) => status !== '400')).toEqual([]);
  expect(urls).toEqual([]);
}, 60_000);

test.each([
  'http://evil.example/admin',
  '//evil.example/admin',
  '/\\evil.example/admin',
  '/a#/admin',
  '*',
  '/admin%',
  '/%61%64%6d%69%6e/..',
])('%s is refused', async (path) => {
  urls = [];
  expect(await statusOf(path)).toBe('400');
  expect(urls).toEqual([]);
});

test('an escaped spelling reaches the app in the one spelling that was matched', async () => {
  urls = [];
  expect(await statusOf('/%61dmin/%7Eada/caf%c3%a9')).toBe('200');
  expect(urls).toEqual(['/admin/~ada/caf%C3%A9']);
});

test('whatever the bytes, the app sees a path without a way up', async () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    ';',
    '%2e',
    '%2f',
    '%25',
    '2e',
    '\\',
    '%5c',
    '%00',
    'a',
    '%c3',
    '%a9',
    '//',
    '%20',
    '?',
    '#',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
      urls = [];
      await statusOf(`/public/${pieces.join('')}`);
      for (const url of urls) {
        const path = url.split('?')[0] ?? '';
        expect(path).toMatch(/^\/public(\/|$)/);
        expect(new URL(path, 'http://app.example').pathname).toBe(path);
        expect(decodeURIComponent(path).split(/[/\\]/)).not.toContain('..');
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('the proxy still serves after all of it', async () => {
  expect(await statusOf('/')).toBe('200');
});
