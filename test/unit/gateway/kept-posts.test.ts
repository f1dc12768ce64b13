import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKeptPosts, type KeptPost } from '../../../src/gateway/kept-posts.ts';

const nowMs = Date.UTC(2026, 0, 5);
const posts = createKeptPosts({ key: 'the secret of the state', randomBytes });
const post: KeptPost = {
  host: 'app.corp.example',
  target: '/acs?idp=1',
  contentType: 'application/x-www-form-urlencoded',
  origin: 'https://idp.example',
  body: Buffer.from('SAMLResponse=abc'),
  keptAtMs: nowMs,
};

describe('a post that is kept in a page', () => {
  test('is what was sealed, for whatever was posted, in every process with the key', () => {
    const other = createKeptPosts({ key: 'the secret of the state', randomBytes });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string(), fc.webUrl(), (body, target, origin) => {
        const kept = { ...post, target, origin, body: Buffer.from(body) };
        expect(other.open(posts.seal(kept), nowMs)).toEqual(kept);
      }),
    );
  });

  test('is nothing once a bit of it was changed, cut off or put behind it', () => {
    const sealed = Buffer.from(posts.seal(post), 'base64url');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.nat(7), (at, bit) => {
        const altered = Buffer.from(sealed);
        altered[at] = (altered[at] ?? 0) ^ (1 << bit);
        expect(posts.open(altered.toString('base64url'), nowMs)).toBeUndefined();
      }),
    );
    for (let length = 0; length < sealed.length; length += 7)
      expect(posts.open(sealed.subarray(0, length).toString('base64url'), nowMs)).toBeUndefined();
    expect(posts.open(Buffer.concat([sealed, Buffer.alloc(1)]).toString('base64url'), nowMs)).toBeUndefined();
  });

  test('is nothing with another key, and when it is older than a sign-in may take', () => {
    const sealed = posts.seal(post);
    expect(createKeptPosts({ key: 'another secret', randomBytes }).open(sealed, nowMs)).toBeUndefined();
    expect(posts.open(sealed, nowMs + 10 * 60_000)).toEqual(post);
    expect(posts.open(sealed, nowMs + 10 * 60_000 + 1)).toBeUndefined();
    expect(posts.open(sealed, nowMs - 10 * 60_000 - 1)).toBeUndefined();
  });

  test('tells nobody what it holds, and never looks the same', () => {
    const sealed = posts.seal(post);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('SAMLResponse');
    expect(posts.seal(post)).not.toBe(sealed);
  });
});
