import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildRequestHeaders, type RequestHeaderRules } from '../../../src/http/request-headers.ts';

function build(rawHeaders: readonly string[], rules: Partial<RequestHeaderRules> = {}): [string, string][] {
  const flat = buildRequestHeaders({
    rawHeaders,
    host: 'app.example',
    clientAddress: '192.0.2.1',
    protocol: 'https',
    removeOwnCookies: (cookie) => cookie.replace(/__Host-postern=[^;]*;? ?/, ''),
    ...rules,
  });
  const pairs: [string, string][] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs;
}

const ours: [string, string][] = [
  ['host', 'app.example'],
  ['x-forwarded-for', '192.0.2.1'],
  ['x-forwarded-proto', 'https'],
  ['x-forwarded-host', 'app.example'],
];

describe('the headers that go upstream', () => {
  test.each(
    [
      'Connection',
      'Keep-Alive',
      'Proxy-Connection',
      'Proxy-Authorization',
      'Proxy-Authenticate',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'Expect',
      'HTTP2-Settings',
      'Host',
      'X-Forwarded-For',
      'X-Forwarded-Uri',
      'X_Forwarded_For',
      'X-Forwarded-Client-Cert',
      'Forwarded',
      'X-Real-IP',
      'X_Real_IP',
      'X-Original-URL',
      'X-Original-Uri',
      'X-Rewrite-URL',
      'Client-Cert',
      'Client-Cert-Chain',
      'X-SSL-Client-DN',
      'Ssl-Client-Verify',
      'X-Device-Trust',
      'X-Postern-User',
      'x-postern-assertion',
      'X_Postern_User',
      'x-postern_user',
      'X.Postern.User',
      "X'Postern~User",
      'X-POSTERN-Anything',
      'Postern-Decision-Id',
      'Content_Length',
      'Content_Type',
      'True-Client-IP',
    ].filter((name) => name !== 'Cookie_'),
  )('never hold the client’s %s', (name) => {
    expect(build([name, 'evil', name.toUpperCase(), 'evil', name.toLowerCase(), 'evil'])).toEqual(ours);
  });

  test('keep what belongs to the app, in order, repeated names included', () => {
    const kept = [
      'Accept',
      '*/*',
      'Authorization',
      'Basic eA==',
      'X-Multi',
      '1',
      'X-Multi',
      '2',
      'Content-Length',
      '3',
      'my_own',
      'y',
    ];
    expect(build(kept).slice(1, 7).flat()).toEqual(kept);
  });

  test('lose what Connection names, and never what we add', () => {
    const identity = ['x-postern-assertion', 'signed', 'x-postern-user', 'ada'];
    const raw = [
      'Connection',
      'close, X-Postern-Assertion, x-forwarded-for, host, Foo',
      'connection',
      'X-POSTERN-USER',
      'Foo',
      '1',
      'Bar',
      '2',
    ];
    expect(build(raw, { identity })).toEqual([
      ours[0],
      ['Bar', '2'],
      ...ours.slice(1),
      ['x-postern-assertion', 'signed'],
      ['x-postern-user', 'ada'],
    ]);
  });

  test('lose our cookies and keep the app’s', () => {
    expect(build(['Cookie', '__Host-postern=abc; theme=dark'])).toContainEqual(['Cookie', 'theme=dark']);
    expect(build(['Cookie', '__Host-postern=abc'])).toEqual(ours);
  });

  test('lose a bearer token of ours and keep anybody else’s', () => {
    expect(build(['Authorization', 'Bearer pst_abc'])).toEqual(ours);
    expect(build(['authorization', 'bearer  pst_abc'])).toEqual(ours);
    expect(build(['Authorization', 'Bearer eyJ'])).toContainEqual(['Authorization', 'Bearer eyJ']);
  });

  test('are set and removed as the route says, twins of such names included', () => {
    const pairs = build(['X-Env', 'mine', 'X_Env', 'mine', 'X-Debug', '1', 'x_debug', '1'], {
      set: [['x-env', 'prod']],
      remove: new Set(['x-debug']),
    });
    expect(pairs).toEqual([ours[0], ['x-env', 'prod'], ...ours.slice(1)]);
  });

  test('hold the handshake of an upgrade', () => {
    const pairs = build(['Connection', 'Upgrade, X-Foo', 'Upgrade', 'h2c', 'Sec-WebSocket-Key', 'k', 'X-Foo', '1'], {
      mode: 'upgrade',
    });
    expect(pairs).toEqual([
      ours[0],
      ['Sec-WebSocket-Key', 'k'],
      ...ours.slice(1),
      ['connection', 'Upgrade'],
      ['upgrade', 'websocket'],
    ]);
  });

  test('hold no name of ours but ours, whatever the client sends', () => {
    const separator = fc.constantFrom('-', '_', '.', '~', '!', '*');
    const name = fc
      .tuple(
        fc.constantFrom('x', 'X'),
        separator,
        fc.constantFrom('postern', 'Postern', 'POSTERN', 'forwarded'),
        separator,
        fc.constantFrom('user', 'For', 'ASSERTION'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(name), fc.array(fc.oneof(name, fc.constant('close'))), (names, named) => {
        const raw = ['Connection', named.join(', '), ...names.flatMap((each) => [each, 'evil'])];
        const pairs = build(raw, { identity: ['x-postern-user', 'ada'] });
        expect(pairs).toEqual([...ours, ['x-postern-user', 'ada']]);
      }),
    );
  });
});
