import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

const run = promisify(execFile);
const token = `pst_${'builder-token-'.repeat(3)}`;

const isPresent = (command: string, ...parameters: string[]) => {
  try {
    execFileSync(command, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const withGit = isPresent('git', '--version') ? describe : describe.skip;
const hasPip = isPresent('python3', '-m', 'pip', '--version');
const withPip = hasPip ? test : test.skip;

/** Answers as a CGI program does: headers, an empty line, a body. */
function answerByCgi(child: ChildProcess, request: IncomingMessage, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  let hasHead = false;
  if (child.stdin !== null) request.pipe(child.stdin);
  child.stdout?.on('data', (chunk: Buffer) => {
    if (hasHead) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    hasHead = true;
    const lines = head.subarray(0, end).toString('latin1').split('\r\n');
    const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), headers.filter(([name]) => name !== 'Status').flat());
    response.write(head.subarray(end + 4));
  });
  child.stdout?.on('end', () => response.end());
}

const archiver = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    archive.writestr('tiny.py', '')
    archive.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
    archive.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    archive.writestr('tiny-1.0.dist-info/RECORD', '')
`;

/** The smallest package that pip takes. */
function makeWheel(folder: string): Buffer {
  const file = join(folder, 'tiny.whl');
  execFileSync('python3', ['-c', archiver, file]);
  return readFileSync(file);
}

withGit('a program that knows users and passwords alone', () => {
  let world: World;
  let folder: string;
  const seen: string[] = [];
  let wheel: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-git-'));
    execFileSync('git', ['init', '--bare', '-q', '-b', 'main', join(folder, 'project.git')]);
    execFileSync('git', ['-C', join(folder, 'project.git'), 'config', 'http.receivepack', 'true']);
    if (hasPip) wheel = makeWheel(folder);
    world = await startWorld({
      routes: `
  - name: git
    title: Git
    from: https://localhost:TLS_PORT
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: builds, services: [builder] }]
`,
      extra: `services: [{ id: builder, token_hash: "sha256:${createHash('sha256').update(token).digest('hex')}" }]`,
    });
    world.app.answer = (request, response) => {
      seen.push(request.rawHeaders.join('\n'));
      const { pathname, search } = new URL(request.url ?? '/', 'http://app');
      if (pathname.startsWith('/simple/')) {
        const sum = createHash('sha256').update(wheel).digest('hex');
        const link = `<a href="/files/tiny-1.0-py3-none-any.whl#sha256=${sum}">tiny-1.0-py3-none-any.whl</a>`;
        return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>${link}`);
      }
      if (pathname.startsWith('/files/')) return void response.end(wheel);
      const child = spawn('git', ['http-backend'], {
        env: {
          PATH: process.env['PATH'],
          GIT_PROJECT_ROOT: folder,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: pathname,
          QUERY_STRING: search.slice(1),
          REQUEST_METHOD: request.method,
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
          HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
          REMOTE_USER: String(request.headers['x-postern-user'] ?? 'service'),
        },
      });
      answerByCgi(child, request, response);
    };
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // Not every resolver knows names under localhost.
  const address = (path: string) => world.url('any', path).replace('any.', '');
  /** `helper` answers git's question for a password, which it only asks after a 401 with Basic. */
  const git = (helper: string, ...parameters: string[]) =>
    run('git', ['-c', `http.sslCAInfo=${world.certificates.ca}`, '-c', `credential.helper=${helper}`, ...parameters], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
    });
  const knows = (password: string) => `!f() { echo username=build; echo password=${password}; }; f`;

  test('git pushes and clones, after it was asked for a password', async () => {
    const work = join(folder, 'work');
    mkdirSync(work);
    const big = randomBytes(3 * 1024 * 1024);
    writeFileSync(join(work, 'big.bin'), big);
    await git('', 'init', '-q', '-b', 'main', 'work');
    await git('', '-C', 'work', 'add', '.');
    const author = ['-c', 'user.name=Build', '-c', 'user.email=build@corp.example'];
    await git('', ...author, '-C', 'work', 'commit', '-q', '-m', 'A large file');
    await git(knows(token), '-C', 'work', 'push', '-q', address('/project.git'), 'main');
    await git(knows(token), 'clone', '-q', address('/project.git'), 'copy');
    expect(readFileSync(join(folder, 'copy', 'big.bin')).equals(big)).toBe(true);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.join('\n').toLowerCase()).not.toContain('authorization');
  });

  test('git with a token that nobody has is turned away, and the app hears nothing', async () => {
    seen.length = 0;
    const clone = git(knows(token.replace('builder', 'another')), 'clone', '-q', address('/project.git'), 'none');
    await expect(clone).rejects.toThrow('Authentication failed');
    expect(seen).toEqual([]);
  });

  withPip('pip downloads from a private index', async () => {
    const index = new URL(address('/simple/'));
    index.username = 'build';
    index.password = token;
    const wanted = [
      'download',
      '--no-deps',
      '--no-cache-dir',
      '--disable-pip-version-check',
      '-d',
      join(folder, 'wheels'),
    ];
    await run(
      'python3',
      ['-m', 'pip', ...wanted, '--index-url', index.href, '--cert', world.certificates.ca, 'tiny==1.0'],
      {
        env: { PATH: process.env['PATH'], HOME: folder, PIP_CONFIG_FILE: '/dev/null' },
      },
    );
    expect(readFileSync(join(folder, 'wheels', 'tiny-1.0-py3-none-any.whl')).equals(wheel)).toBe(true);
  });
});
