import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  stage.switches.device = { deviceId: 'ada-laptop', fingerprint: 'f', notAfterMs: Number.MAX_SAFE_INTEGER };
});
afterEach(() => stage.close());

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<{ readonly status: number; readonly code: string | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const { port, host } = new URL(stage.authOrigin);
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, agent: false, headers: { host, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, code: JSON.parse(text).code, body: text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const report = '/.postern/device/report';
const jose = { 'content-type': 'application/jose' };

describe('a page reports for the device of its browser', () => {
  test.each([
    ['cookie', '__Host-postern-sso=x'],
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['sec-fetch-site', 'same-origin'],
    ['sec-fetch-mode', 'no-cors'],
    ['sec-fetch-dest', 'empty'],
    ['sec-fetch-user', '?1'],
  ])('with %s: %s it is refused, at the report and at the nonce', async (name, value) => {
    expect((await send('POST', report, { ...jose, [name]: value }, 'good')).status).toBe(403);
    expect((await send('GET', '/.postern/device/nonce', { [name]: value })).status).toBe(403);
    expect(stage.deviceReports).toEqual([]);
  });

  test('as a form or as text it is malformed: a page can send those without asking', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      expect((await send('POST', report, { 'content-type': type }, 'good')).status).toBe(400);
    }
    expect((await send('POST', report, {}, 'good')).status).toBe(400);
    expect(stage.deviceReports).toEqual([]);
  });
});

describe('a report', () => {
  test('without a device certificate is refused', async () => {
    stage.switches.device = undefined;
    expect(await send('POST', report, jose, 'good')).toMatchObject({ status: 403, code: 'device_unknown' });
    expect(await send('GET', '/.postern/device/nonce')).toMatchObject({ status: 403, code: 'device_unknown' });
  });

  test('that is longer than 64 KiB is refused before it is read', async () => {
    const answer = await send('POST', report, jose, 'x'.repeat(65_537));
    expect(answer).toMatchObject({ status: 413, code: 'request_too_large' });
  });

  test('that is empty, or over a connection that shows no certificate, is malformed', async () => {
    expect(await send('POST', report, jose, '')).toMatchObject({ status: 400, code: 'request_malformed' });
    expect(await send('POST', report, jose, 'good')).toMatchObject({ status: 400, code: 'request_malformed' });
  });

  test('gets its nonce and the audience that it must name', async () => {
    const answer = await send('GET', '/.postern/device/nonce');
    expect(JSON.parse(answer.body)).toEqual({
      nonce: 'a-nonce',
      audience: `${stage.authOrigin}/.postern/device/report`,
      device: 'ada-laptop',
    });
  });
});
