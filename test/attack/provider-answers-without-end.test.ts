import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { longestAnswerBytes } from '../../src/identity/provider-calls.ts';
import { openStage, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const headers = { 'content-type': 'application/json' };
const piece = Buffer.alloc(64 * 1024, 'a');
/** What fits into the sockets on the way is sent by the kernel, whoever reads. */
const socketBytes = 16 * 1024 * 1024;

/** An answer that goes on for as long as somebody listens; says how much was taken. */
function endless(): { readonly answer: (response: ServerResponse) => void; readonly taken: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  return {
    taken: promise,
    answer(response) {
      let bytes = 0;
      response
        .on('close', () => resolve(bytes))
        .writeHead(200, headers)
        .write('{"keys":"');
      const more = (): void => {
        while (!response.destroyed && bytes < 4 * socketBytes) {
          bytes += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    },
  };
}

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
const packed = (response: ServerResponse): void => {
  response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(bomb);
};

const endpoints = ['/token', '/jwks', '/me'] as const;

async function signInWith(path: string, answer: (response: ServerResponse) => void) {
  const browser = stage.newBrowser();
  // Groups are of userinfo here, so that it is asked as well.
  stage.switches.providers = stage.switches.providers.map((provider) => ({
    ...provider,
    claims: { ...provider.claims, groups: path === '/me' ? 'elsewhere' : 'groups' },
  }));
  const url = await stage.begin(browser);
  stage.provider.misbehaviour.answers = { [path]: answer };
  const callback = await stage.answerProvider(browser, url, { login: 'ada' });
  return browser.go(callback);
}

describe('an identity provider that answers without end', () => {
  test.each(endpoints)('at %s is cut off, and signs nobody in', async (path) => {
    const { answer, taken } = endless();
    const page = await signInWith(path, answer);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(await taken).toBeLessThan(longestAnswerBytes + socketBytes);
    expect(await stage.live()).toEqual([]);
    expect(stage.logLines.join('\n')).toContain('ANSWER_TOO_LARGE');
  });

  test.each(endpoints)('of a small packet that unpacks to much at %s is cut off too', async (path) => {
    expect(bomb.length).toBeLessThan(longestAnswerBytes);
    expect((await signInWith(path, packed)).status).toBeGreaterThanOrEqual(400);
    expect(await stage.live()).toEqual([]);
    expect(stage.logLines.join('\n')).toContain('ANSWER_TOO_LARGE');
  });

  test('to discovery is away, and others sign in', async () => {
    const issuer = stage.provider.issuer;
    const { answer, taken } = endless();
    stage.provider.misbehaviour.answers = { '/.well-known/openid-configuration': answer };
    const [known] = stage.switches.providers;
    if (known === undefined) throw new Error('no provider');
    stage.switches.providers = [known, { ...known, id: 'partner', clientId: 'another', issuer }];
    const page = await stage.newBrowser().go(`${stage.authOrigin}/.postern/login/partner`);
    expect(page.status).toBe(503);
    expect(await taken).toBeLessThan(longestAnswerBytes + socketBytes);
    stage.provider.misbehaviour.answers = {};
    // Both are at one issuer. It was found away; whoever goes there anyway is taken there.
    const url = await stage.begin(stage.newBrowser(), '/.postern/login/corp?anyway=1');
    expect(url).toContain(issuer);
  });
});
