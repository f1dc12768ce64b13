import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nameUserAgent } from '../../../src/identity/name-user-agent.ts';

const chrome = (system: string, more = '') =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36${more}`;

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
  [chrome('Windows NT 10.0; Win64; x64'), 'Chrome', 'Windows'],
  [chrome('Windows NT 10.0; Win64; x64', ' Edg/140.0.0.0'), 'Edge', 'Windows'],
  [chrome('Macintosh; Intel Mac OS X 10_15_7', ' OPR/120.0.0.0'), 'Opera', 'macOS'],
  [chrome('Linux; Android 10; K'), 'Chrome', 'Android'],
  [chrome('X11; CrOS x86_64 14541.0.0'), 'Chrome', 'ChromeOS'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari',
    'iOS',
  ],
  ['curl/8.14.1', undefined, undefined],
  ['Mozilla/5.0 (something else)', undefined, undefined],
  [undefined, undefined, undefined],
])('%s is %s on %s', (userAgent, browser, system) => {
  expect(nameUserAgent(userAgent)).toEqual({ browser, system });
});

test('nothing of the header is ever in the names', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), (noise) => {
      const { browser, system } = nameUserAgent(`Mozilla/5.0 (${noise}`);
      expect(`${browser} ${system}`).toMatch(/^[\w ]+$/);
    }),
  );
});
