import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createAdminClient, describeAdminFailure, openAdminClient } from '../../../src/cli/admin-client.ts';
import { createAskedServer } from '../../../src/cli/admin-command.ts';
import { table, text } from '../../../src/cli/answer-shape.ts';
import { readBoundedFile } from '../../../src/config/source/read-bounded-file.ts';

const token = 'an-admin-token-of-forty-characters-or-so';
const ports = { readFile: readBoundedFile, env: { TOKEN: token }, now: Date.now };
let folder = '';
let server: Server | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-admin-client-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
});

async function listen(answer: RequestListener): Promise<number> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function fileFor(port: number, rest = ''): Promise<string> {
  const file = join(folder, 'postern.yaml');
  await writeFile(file, `version: 1\nadmin: { listen: "127.0.0.1:${port}", token: "\${env:TOKEN}" }\n${rest}`);
  return file;
}

async function ask(config: string, admin?: string) {
  const question = { path: '/api/v1/things', answer: table(text), notFound: 'There is no such thing.' };
  const reply = await createAskedServer({ config, admin }, { ports }).ask(question);
  return reply.outcome === 'answered' ? { body: reply.answer, said: '' } : { body: undefined, said: reply.why };
}

describe('the client of the admin API', () => {
  test('takes address and token from a file whose other keys have errors', async () => {
    const port = await listen((request, response) =>
      response.end(JSON.stringify({ url: request.url, authorization: request.headers.authorization })),
    );
    const { body } = await ask(await fileFor(port, 'routes: 7\nno_such_key: true\n'));
    expect(body).toEqual({ url: '/api/v1/things', authorization: `Bearer ${token}` });
  });

  test('sends a body as JSON', async () => {
    const port = await listen((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => response.end(JSON.stringify({ text, type: request.headers['content-type'] })));
    });
    const client = await openAdminClient({ config: await fileFor(port) }, { ports });
    if (typeof client === 'string') throw new Error(client);
    expect(await client.call('POST', '/api/v1/reload', { a: 1 })).toMatchObject({
      status: 200,
      body: { text: '{"a":1}', type: 'application/json' },
    });
  });

  test('says that nobody answers, and what to look at', async () => {
    const port = await listen(() => undefined);
    server?.close();
    const { body, said } = await ask(await fileFor(port));
    expect(body).toBeUndefined();
    expect(said).toContain(`No server answers at http://127.0.0.1:${port} (ECONNREFUSED). Is Postern running`);
  });

  test('leaves what is not there to the sentence of the server', () => {
    const client = createAdminClient(new URL('http://127.0.0.1:9443'), [token]);
    const body = { title: 'There is nothing here', detail: 'Nothing of this name is locked.' };
    expect(describeAdminFailure(client, { outcome: 'answered', status: 404, body })).toBe(body.detail);
    expect(describeAdminFailure(client, { outcome: 'answered', status: 404, body: {} })).toContain('answered 404.');
  });

  test.each([
    [401, {}, 'does not take this token'],
    [404, {}, 'There is no such thing.'],
    [503, { title: 'The state store does not answer', detail: 'Try again.' }, 'answered 503: The state store does not'],
  ])('explains a %d', async (status, problem, sentence) => {
    const port = await listen((_request, response) => {
      response.statusCode = status;
      response.end(JSON.stringify(problem));
    });
    const { body, said } = await ask(await fileFor(port));
    expect(body).toBeUndefined();
    expect(said).toContain(sentence);
    expect(said).not.toContain(token);
  });

  test('says that something else listens there', async () => {
    const port = await listen((_request, response) => response.end('<html>'));
    expect((await ask(await fileFor(port))).said).toContain('is not the admin listener of Postern');
  });

  test.each([
    ['', 'cannot be read'],
    ['version: 1\n', 'has no admin listener'],
    [`admin: { token: "\${env:NO_SUCH}" }\n`, 'NO_SUCH is not set'],
    [`admin: { listen: "nowhere", token: "\${env:TOKEN}" }\n`, 'has errors; postern validate says which'],
    ['admin: [\n', 'is not YAML'],
  ])('says what is wrong with the file: %j', async (text, sentence) => {
    const file = join(folder, text === '' ? 'absent.yaml' : 'wrong.yaml');
    if (text !== '') await writeFile(file, text);
    expect((await ask(file)).said).toContain(sentence);
  });

  test('goes to another address where one is named, and refuses what is none', async () => {
    const port = await listen((_request, response) => response.end('{}'));
    const file = await fileFor(1);
    expect((await ask(file, `http://localhost:${port}`)).body).toEqual({});
    expect((await ask(file, 'localhost:1')).said).toContain('is not the address of an admin listener');
  });
});
