import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPicture } from '../../../src/config/values/picture.ts';
import { makePair } from '../../support/config-files.ts';
import { pngOf, svgOf, webpOf } from '../../support/pictures.ts';

const read = (content: string | Uint8Array) =>
  readPicture(typeof content === 'string' ? Buffer.from(content) : content);

describe('a picture', () => {
  test.each([
    ['an SVG', svgOf(), 'image/svg+xml'],
    ['an SVG with a declaration', svgOf('', '<?xml version="1.0" encoding="UTF-8"?>\n'), 'image/svg+xml'],
    ['an SVG with comments and a doctype', svgOf('', '<!-- a --><!-- b -->\n<!DOCTYPE svg>\n'), 'image/svg+xml'],
    ['an SVG with a byte order mark', svgOf('', '\ufeff'), 'image/svg+xml'],
    ['an SVG that speaks of an onion = a vegetable', svgOf('<title>onion</title>'), 'image/svg+xml'],
    ['a PNG', pngOf(40, 40), 'image/png'],
    ['a WebP', webpOf(), 'image/webp'],
  ])('is known by its content: %s', (_, content, type) => {
    expect(read(content)).toMatchObject({ ok: true, picture: { type } });
  });

  test.each([
    ['a script', svgOf('<script>alert(1)</script>'), 'has a script'],
    ['a script of another prefix', svgOf('<s:script xmlns:s="http://www.w3.org/2000/svg"/>'), 'has a script'],
    ['an event handler', svgOf('<circle onload="alert(1)"/>'), 'has an event handler'],
    ['an event handler without a space before it', svgOf(`<circle r="1"onclick='a()'/>`), 'has an event handler'],
    ['an event handler behind a slash', svgOf('<image/onerror=a() href=x>'), 'has an event handler'],
    ['a link that runs', svgOf('<a href="java\nscript:alert(1)"><path/></a>'), 'has a javascript: link'],
    ['HTML in it', svgOf('<foreignObject><iframe src="https://evil.example"/></foreignObject>'), 'has HTML in it'],
    ['a script by another prefix', svgOf('<é:script xmlns:é="http://www.w3.org/2000/svg"/>'), 'has a script'],
    [
      'a page that goes elsewhere',
      svgOf('<h:meta http-equiv="refresh" content="0;url=https://evil.example"/>'),
      'has HTML in it',
    ],
    ['what spells a link', svgOf('<a href="java&#115;cript:alert(1)"/>'), 'has character references'],
    [
      'attributes by its doctype',
      '<!DOCTYPE svg [<!ATTLIST svg a CDATA "> <svg " onload CDATA "alert(1)">]><svg xmlns="http://www.w3.org/2000/svg"></svg>',
      '',
    ],
    ['entities', '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', 'is no picture'],
    ['no namespace', '<svg viewBox="0 0 1 1"></svg>', 'has no namespace'],
    ['pixels for gigabytes', pngOf(4096, 1), 'is larger than 2048'],
  ])('is refused with %s', (_, content, why) => {
    expect(read(content)).toMatchObject({ ok: false, why: expect.stringContaining(why) });
  });

  test.each([
    ['a secret', 'cookie-secret-0123456789abcdef0123456789abcdef\n'],
    ['a secret behind an SVG', `${svgOf()}cookie-secret-0123456789abcdef`],
    ['a secret before an SVG', `cookie-secret-0123456789abcdef ${svgOf()}`],
    ['a secret behind a PNG', Buffer.concat([pngOf(1, 1), Buffer.from('secret')])],
    ['a secret behind a WebP', Buffer.concat([webpOf(), Buffer.from('secret')])],
    ['the first bytes of a PNG alone', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['HTML', '<!DOCTYPE html><svg xmlns="http://www.w3.org/2000/svg"></svg>'],
    ['nothing', ''],
    ['bytes that are no text', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
  ])('is nothing else: %s is refused, and none of it is told', (_, content) => {
    const result = read(content);
    expect(result).toMatchObject({ ok: false, why: 'is no picture' });
    expect(JSON.stringify(result)).not.toContain('secret-0');
  });

  test('a private key is none', async () => {
    const { key, certificate } = await makePair(['a.example']);
    for (const text of [key, certificate, `${certificate}${key}`]) expect(read(text).ok).toBe(false);
  });

  test('whatever the bytes, the answer comes, and is never about what they hold', () => {
    const prefix = fc.constantFrom(
      ...[Buffer.from(''), pngOf(1, 1), webpOf(), Buffer.from(svgOf()), Buffer.from('<svg ')],
    );
    fc.assert(
      fc.property(prefix, fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(80), (start, tail, cut) => {
        const result = read(Buffer.concat([start.subarray(0, cut), tail]));
        if (result.ok) expect(['image/svg+xml', 'image/png', 'image/webp']).toContain(result.picture.type);
        else expect(Object.keys(result).sort()).toEqual(['help', 'ok', 'why']);
      }),
      { numRuns: 2_000 },
    );
  });

  test('has memory of its own, and one name for one content', () => {
    const pool = Buffer.from(`${svgOf()}a neighbour's secret`);
    const one = readPicture(pool.subarray(0, svgOf().length));
    const other = read(svgOf());
    if (!one.ok || !other.ok) throw new Error('refused');
    expect(Buffer.from(one.picture.bytes.buffer).toString()).toBe(svgOf());
    expect(one.picture.hash).toBe(other.picture.hash);
  });
});
