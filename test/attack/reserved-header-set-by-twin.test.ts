import { describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../src/config/load-configuration.ts';
import { parseRequestHeaderName } from '../../src/config/values/header.ts';
import { buildRequestHeaders } from '../../src/http/request-headers.ts';
import { baseConfiguration, basePorts } from '../support/config-files.ts';

const reserved = [
  ...[
    'X-Postern-User',
    'X-Postern-Email',
    'X-Postern-Groups',
    'X-Postern-Assertion',
    'X-Postern',
    'Postern-Decision-Id',
  ],
  ...['X-Forwarded-For', 'X-Forwarded-Anything', 'X-Real-IP', 'Forwarded', 'Host', 'Connection', 'Keep-Alive'],
  ...['Proxy-Connection', 'Proxy-Authorization', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Expect'],
  ...['Content-Length', 'Cookie', 'Sec-WebSocket-Key'],
];

/** Spellings that apps which are told of headers as variables read as the same name. */
function twinsOf(name: string): readonly string[] {
  return ['_', '.', '~', "'", '^'].flatMap((mark) => [
    name.replaceAll('-', mark),
    name.replace('-', mark),
    name.toUpperCase().replaceAll('-', mark),
    name.toLowerCase().replaceAll('-', mark),
  ]);
}

describe('a header that is not for a route to name', () => {
  test.each(reserved)('%s is refused in every spelling, set and removed', async (name) => {
    for (const twin of [name, ...twinsOf(name)]) {
      expect([twin, parseRequestHeaderName(twin)]).toMatchObject([twin, { ok: false, code: 'P029' }]);
    }
    const base = await basePorts();
    for (const key of ['set_request_headers: { "NAME": x }', 'remove_request_headers: ["NAME"]']) {
      const twin = name.replaceAll('-', '_');
      const text = baseConfiguration.replace('set_request_headers: { X-Env: prod }', key.replace('NAME', twin));
      const result = await compileConfiguration(text, base, { folder: '/etc/postern' });
      expect([twin, result.outcome === 'refused' && result.problems.map(({ code }) => code)]).toEqual([twin, ['P029']]);
    }
  });

  test('one that is set once stands once, however it is spelled', async () => {
    const text = baseConfiguration.replace('{ X-Env: prod }', '{ X-Env: prod, X_Env: test }');
    const result = await compileConfiguration(text, await basePorts(), { folder: '/etc/postern' });
    expect(result.outcome === 'refused' && result.problems.map(({ code }) => code)).toEqual(['P022']);
  });

  test('one that is removed is removed in every spelling, whichever the route names', async () => {
    for (const named of ['X-Debug-Mode', 'X_Debug_Mode', 'x.debug.mode']) {
      const text = baseConfiguration.replace(
        'set_request_headers: { X-Env: prod }',
        `remove_request_headers: [${named}]`,
      );
      const result = await compileConfiguration(text, await basePorts(), { folder: '/etc/postern' });
      if (result.outcome === 'refused') throw new Error('It did not load.');
      const remove = result.snapshot.routes[0]?.removeRequestHeaders ?? new Set<string>();
      for (const sent of ['X-Debug-Mode', ...twinsOf('X-Debug-Mode')]) {
        const headers = buildRequestHeaders({
          rawHeaders: [sent, 'yes', 'Accept', '*/*'],
          host: 'app.example',
          clientAddress: '203.0.113.7',
          protocol: 'https',
          removeOwnCookies: (cookie) => cookie,
          remove,
        });
        expect([named, sent, headers.includes('yes')]).toEqual([named, sent, false]);
      }
    }
  });
});
