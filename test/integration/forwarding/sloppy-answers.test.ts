import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterAll);

/** What the app answers, byte for byte. */
let answer: Buffer;

beforeAll(async () => {
  await wire.startRawUpstream((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  await wire.startProxy();
});

async function answerOf(bytes: string, encoding: BufferEncoding): Promise<string> {
  answer = Buffer.from(bytes, encoding);
  return wire.send(getRequest('/'));
}

const withHead = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}\r\nContent-Length: 2\r\n\r\nok`;

test.each([
  ['a file name in raw UTF-8', 'utf8', 'Content-Disposition: attachment; filename="日本.pdf"'],
  ['a file name in Latin-1', 'latin1', 'Content-Disposition: attachment; filename="p\xe1gina.pdf"'],
  ['bytes that are neither', 'latin1', 'X-Title: \xff\xfe\x80'],
  ['an emoji', 'utf8', 'X-Mood: 🙂'],
  ['an empty value', 'utf8', 'X-Empty:'],
  ['a tab inside', 'utf8', 'X-Tab: a\tb'],
  ['the same name a hundred times', 'utf8', Array.from({ length: 100 }, (_, index) => `X-Many: ${index}`).join('\r\n')],
  ['names of JavaScript', 'utf8', '__proto__: a\r\nconstructor: b\r\ntoString: c'],
  ['cookies of every kind', 'utf8', 'Set-Cookie: a=ü; Path=/\r\nSet-Cookie: =\r\nSet-Cookie: b'],
  ['a date that is none', 'utf8', 'Date: yesterday\r\nLast-Modified: never\r\nExpires: -1'],
  ['a place in raw UTF-8', 'utf8', 'Location: /größe/日本'],
  ['a type that is none', 'utf8', 'Content-Type: ;;;'],
] as const)('an app’s headers with %s are passed on as they came', async (_what, encoding, lines) => {
  const received = await answerOf(withHead(lines), encoding);
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  const bytes = Buffer.from(lines, encoding).toString('latin1').split('\r\n');
  const heads = (received.split('\r\n\r\n')[0] ?? '').split('\r\n').map((line) => line.toLowerCase());
  const missing = bytes.map((line) => line.toLowerCase()).filter((line) => !heads.some((one) => same(one, line)));
  expect(missing).toEqual([]);
  expect(received.endsWith('ok')).toBe(true);
});

/** The same field: blanks around the value have no meaning (RFC 9110 §5.5). */
function same(received: string, sent: string): boolean {
  const [name = '', ...value] = sent.split(':');
  const text = value.join(':').trim();
  return received === `${name}: ${text}` || (text === '' && received.trimEnd() === `${name}:`);
}

test.each([
  ['in Latin-1', 'latin1', 'HTTP/1.1 404 P\xe1gina no encontrada', /^HTTP\/1\.1 404 P.+gina no encontrada\r\n/],
  ['in UTF-8', 'utf8', 'HTTP/1.1 404 見つかりません', /^HTTP\/1\.1 404 .+\r\n/],
  ['with a tab', 'utf8', 'HTTP/1.1 404 Not\tFound', /^HTTP\/1\.1 404 Not\tFound\r\n/],
  ['of no letters', 'utf8', 'HTTP/1.1 404 ', /^HTTP\/1\.1 404 /],
  ['that is missing', 'utf8', 'HTTP/1.1 404', /^HTTP\/1\.1 404 /],
  ['of a status that nobody knows', 'utf8', 'HTTP/1.1 799 Whatever', /^HTTP\/1\.1 799 Whatever\r\n/],
] as const)('a reason phrase %s is passed on or repaired', async (_what, encoding, line, expected) => {
  const received = await answerOf(`${line}\r\nContent-Length: 2\r\n\r\nno`, encoding);
  expect(received).toMatch(expected);
  expect(received.endsWith('no')).toBe(true);
});

test.each([
  ['trailers in raw UTF-8', 'Trailer: X-Sum', 'X-Sum: größe'],
  ['trailers that were not announced', 'X-Any: 1', 'X-Late: 日本'],
])('%s end the answer whole', async (_what, head, trailer) => {
  const received = await answerOf(
    `HTTP/1.1 200 OK\r\n${head}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailer}\r\n\r\n`,
    'utf8',
  );
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received).toContain('ok');
});

test('no answer of an app was a fault of ours', () => {
  expect(wire.proxy.faults).toEqual([]);
});
