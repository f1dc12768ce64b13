import { describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';

const route = (lines: string) => `
  - name: extra
    from: https://extra.corp.example
    allow: [{ id: finance, groups: [finance] }]
${lines}`;

async function load(lines: string) {
  const text = baseConfiguration;
  const withRoute = text.replace(/\nroutes:\n/, (found) => `${found}${route(lines).slice(1)}\n`);
  return compileConfiguration(withRoute, await basePorts(), { file: 'postern.yaml', folder: '/etc/postern' });
}

async function routeOf(lines: string) {
  const result = await load(lines);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems, undefined, 1));
  return result.snapshot.routes.find(({ name }) => name === 'extra');
}

async function problemsOf(lines: string): Promise<string> {
  const result = await load(lines);
  return result.outcome === 'refused'
    ? result.problems.map(({ code, message }) => `${code} ${message}`).join('\n')
    : '';
}

describe('a route without an app', () => {
  test('leads elsewhere, for now and without the path unless it says more', async () => {
    const { target } = (await routeOf('    redirect: { to: https://new.corp.example/start }')) ?? {};
    expect(target).toEqual({
      kind: 'redirect',
      status: 302,
      location: 'https://new.corp.example/start',
      keepsPath: false,
    });
    const other = await routeOf('    redirect: { to: https://new.corp.example, status: 308, keep_path: true }');
    expect(other?.target).toMatchObject({ status: 308, location: 'https://new.corp.example/', keepsPath: true });
  });

  test('gives one answer: a text, a page, JSON, or nothing', async () => {
    const answerOf = async (respond: string) => (await routeOf(`    respond: ${respond}`))?.target;
    expect(await answerOf('{ text: "User-agent: *" }')).toEqual({
      kind: 'respond',
      answer: {
        status: 200,
        contentType: 'text/plain; charset=utf-8',
        body: 'User-agent: *',
        retryAfterSeconds: undefined,
      },
    });
    expect(await answerOf('{ status: 503, html: <h1>Later</h1>, retry_after: 10m }')).toMatchObject({
      answer: { status: 503, contentType: 'text/html; charset=utf-8', retryAfterSeconds: 600 },
    });
    expect(await answerOf(`{ json: '{"ok":true}' }`)).toMatchObject({ answer: { contentType: 'application/json' } });
    expect(await answerOf('{ status: 204 }')).toMatchObject({
      answer: { status: 204, contentType: undefined, body: '' },
    });
  });

  test.each([
    ['no place at all', '', /^P007 the route "extra" needs the key "to"$/],
    [
      'two places',
      '    to: https://10.20.0.5\n    redirect: { to: https://a.example }',
      /P045 a route has either "to" or "redirect"/,
    ],
    ['two answers', '    respond: { status: 200 }\n    redirect: { to: https://a.example }', /P045 a route has either/],
    ['two bodies', '    respond: { text: a, html: b }', /P045 an answer has either "text" or "html"/],
    [
      'a body where there is none',
      '    respond: { status: 204, text: a }',
      /P045 an answer with status 204 has no body/,
    ],
    ['what is not JSON', `    respond: { json: "{ok}" }`, /P010 it is not JSON/],
    ['a status that leads nowhere', '    redirect: { to: https://a.example, status: 304 }', /P0/],
    ['a script', '    redirect: { to: "javascript:alert(1)" }', /P015/],
    ['itself', '    redirect: { to: https://extra.corp.example/x }', /P045 it leads back to the route itself/],
    [
      'a path behind a query',
      '    redirect: { to: "https://a.example/?x=1", keep_path: true }',
      /P045 a path cannot come/,
    ],
    [
      'what an app would get',
      '    respond: { status: 410 }\n    set_request_headers: { X-A: b }',
      /"set_request_headers" has no meaning beside "respond"/,
    ],
    [
      'an app’s certificate',
      '    respond: { status: 410 }\n    tls_custom_ca_file: certs/internal-ca.crt',
      /"tls_custom_ca_file" has no meaning/,
    ],
  ])('is refused with %s', async (_what, lines, message) => {
    expect(await problemsOf(lines)).toMatch(message);
  });

  test('may lead from one path of a host to another', async () => {
    const moved = await routeOf('    path: /\n    redirect: { to: https://extra.corp.example/app }');
    expect(moved?.target.kind).toBe('redirect');
    expect(await problemsOf('    prefix: /app\n    redirect: { to: https://extra.corp.example/app/x }')).toMatch(
      /itself/,
    );
    expect(await problemsOf('    prefix: /app\n    redirect: { to: https://extra.corp.example/apple }')).toBe('');
  });
});

describe('headers of answers', () => {
  const app = '    to: https://10.20.0.5\n';

  test('are set and removed by their names, whatever their case', async () => {
    const read = await routeOf(
      `${app}    set_response_headers: { X-Frame-Options: DENY }\n    remove_response_headers: [Server]`,
    );
    expect(read?.responseHeaders).toEqual({
      remove: new Set(['x-frame-options', 'server']),
      set: ['x-frame-options', 'DENY'],
    });
    expect((await routeOf(app))?.responseHeaders).toBeUndefined();
  });

  test.each([
    ['Set-Cookie', 'a=b'],
    ['Content-Length', '1'],
    ['Transfer_Encoding', 'chunked'],
    ['Postern-Decision-Id', 'x'],
    ['Sec-WebSocket-Accept', 'x'],
    ['Bad Name', 'x'],
  ])('are none that make up the answer or are Postern’s own: %s', async (name, value) => {
    expect(await problemsOf(`${app}    set_response_headers: { "${name}": "${value}" }`)).toMatch(/P029|P042/);
    expect(await problemsOf(`${app}    remove_response_headers: ["${name}"]`)).toMatch(/P029|P042/);
  });

  test('hold no secret and nobody’s identity: clients read them', async () => {
    for (const value of ['env:SECRET', 'user.email'].map((what) => `$\{${what}}`)) {
      expect(await problemsOf(`${app}    set_response_headers: { X-A: "${value}" }`)).toMatch(/P0(42|35)/);
    }
  });
});

describe('a path that is rewritten', () => {
  const app = '    to: https://10.20.0.5\n';

  test('loses and gains what the route says, without slashes at the ends', async () => {
    const rewriteOf = async (lines: string) => (await routeOf(app + lines))?.rewrite;
    expect(await rewriteOf('    prefix: /a/b\n    rewrite: { strip_prefix: /a/, prefix: /x/ }')).toEqual({
      strip: '/a',
      add: '/x',
    });
    expect(await rewriteOf('    rewrite: { prefix: /x }')).toEqual({ strip: '', add: '/x' });
    expect(await rewriteOf('    path: /a/b\n    rewrite: { strip_prefix: /a }')).toEqual({ strip: '/a', add: '' });
    expect(await rewriteOf('')).toBeUndefined();
  });

  test.each([
    [
      'a prefix that not every path has',
      '    rewrite: { strip_prefix: /a }',
      /P045 not every path of the route begins with \/a/,
    ],
    ['the half of a segment', '    prefix: /app\n    rewrite: { strip_prefix: /ap }', /P045 not every path/],
    ['a path that has none', '    regex: "^/a/.*$"\n    rewrite: { strip_prefix: /a }', /P045 not every path/],
    ['nothing to do', '    rewrite: {}', /P007 "rewrite" needs strip_prefix, prefix or both/],
    ['a regular expression', '    rewrite: { regex: "^/a$" }', /P0/],
    ['dots', '    rewrite: { prefix: /a/../b }', /P040/],
  ])('is refused with %s', async (_what, lines, message) => {
    expect(await problemsOf(app + lines)).toMatch(message);
  });

  test('has to pass the denials of every route to the same app, each once', async () => {
    const result = await load(`${app}    rewrite: { prefix: /x }\n    deny: [{ id: own, paths: [/x/a] }]`);
    if (result.outcome === 'refused') throw new Error('refused');
    const { snapshot } = result;
    const extra = snapshot.routes.find(({ name }) => name === 'extra');
    const guards = snapshot.rewriteGuards?.get(extra?.index ?? -1) ?? [];
    expect(guards.map(({ policy }) => [policy.route, policy.isPublic, policy.grants])).toEqual([['extra', true, []]]);
  });

  test('is refused where more routes with denials lead to the app than can be asked on each request', async () => {
    const other = (at: number) => `
  - { name: r${at}, from: "https://r${at}.corp.example", to: https://10.20.0.5, public: true, deny: [{ id: d, paths: [/a] }] }`;
    const many = (count: number) => Array.from({ length: count }, (_, at) => other(at)).join('');
    const rewriting = `${app}    rewrite: { prefix: /x }`;
    expect(await problemsOf(rewriting + many(100))).toBe('');
    expect(await problemsOf(rewriting + many(101))).toMatch(
      /101 routes with denials lead to the same app; 100 is the most/,
    );
  });
});

test.each([
  'set_response_headers: { X-A: b }',
  'rewrite: { prefix: /x }',
  'health_check: { path: /h }',
  'upstream: { timeout: 9s }',
])('what an Express app has no use for is refused beside it: %s', async (line) => {
  const text = baseConfiguration.replace(
    /\nroutes:\n/,
    (found) => `${found}${route(`    to: next\n    ${line}`).slice(1)}\n`,
  );
  const settings = { file: 'postern.yaml', folder: '/etc/postern', shape: 'middleware' } as const;
  const result = await compileConfiguration(text, await basePorts(), settings);
  const problems = result.outcome === 'refused' ? result.problems.map(({ message }) => message) : [];
  expect(problems).toContainEqual(expect.stringContaining('has no meaning beside "to: next"'));
});
