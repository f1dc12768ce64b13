import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { type AdminCommand, type AdminOptions, adminCommands, askOnce } from '../../../src/cli/admin-command.ts';
import { flag, list, number, object, oneOf, optional, table, text } from '../../../src/cli/answer-shape.ts';
import { commandContext } from '../../support/command-line.ts';

let folder = '';
let server: Server;
let answers: { readonly status: number; readonly body: unknown } = { status: 200, body: {} };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-admin-command-'));
  server = createServer((_request, response) => {
    response.statusCode = answers.status;
    response.end(JSON.stringify(answers.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const yaml = `admin: { listen: "127.0.0.1:${port}", token: "\${env:TOKEN}" }\n`;
  await writeFile(join(folder, 'postern.yaml'), yaml);
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const thing = object({ name: text });
const showThing: AdminCommand<AdminOptions> = {
  name: 'show',
  summary: 'show a thing',
  arguments: [['[id]', 'which']],
  exitCodes: '0 shown.',
  act: askOnce({
    answer: thing,
    question: ({ argument }) =>
      argument === '' ? 'Say which.' : { path: '/api/v1/things', notFound: 'No such thing.' },
    print: ({ name }, { argument, context: { output } }) => output.stdout(`${argument} is ${name}\n`),
    exitCode: ({ name }) => (name === 'bad' ? 1 : 0),
  }),
};

async function postern(args: readonly string[]) {
  const { context, written } = commandContext({ env: { TOKEN: 'a'.repeat(40) }, now: Date.now });
  let code = -1;
  const program = new Command('postern').exitOverride().configureOutput({ writeOut: () => undefined });
  adminCommands([showThing], { name: 'things', summary: 'things' })(
    (parent, name, summary) => parent.command(name).summary(summary).copyInheritedSettings(parent),
    program,
    context,
    (answered) => {
      code = answered;
    },
  );
  await program.parseAsync(['things', 'show', ...args, '-c', join(folder, 'postern.yaml')], { from: 'user' });
  return { code, ...written };
}

describe('a command that asks the running server', () => {
  test('prints what it is answered, as it wants it or whole as JSON', async () => {
    answers = { status: 200, body: { more: 1, name: 'blue' } };
    expect(await postern(['it'])).toEqual({ code: 0, stdout: 'it is blue\n', stderr: '' });
    const { stdout } = await postern(['it', '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual({ more: 1, name: 'blue' });
  });

  test('says with a 1 what the answer means', async () => {
    answers = { status: 200, body: { name: 'bad' } };
    expect((await postern(['it'])).code).toBe(1);
    expect((await postern(['it', '--format', 'json'])).code).toBe(1);
  });

  test('says with a 2 that there is no question, and asks nobody', async () => {
    expect(await postern(['--admin', 'http://127.0.0.1:1'])).toEqual({ code: 2, stdout: '', stderr: 'Say which.\n' });
  });

  test.each([
    ['there is no such thing', 404, {}, 'No such thing.\n'],
    ['the server is another version', 200, { name: 7 }, /does not know\. Use the version that it runs\.\n$/],
    ['the server does not want', 503, { title: 'Not now', detail: 'Later.' }, /answered 503: Not now\. Later\.\n$/],
  ])('says with a 3 that %s', async (_what, status, body, sentence) => {
    answers = { status, body };
    const { code, stdout, stderr } = await postern(['it', '--format', 'json']);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(sentence);
  });

  test('says on stderr that the disk takes nothing, whatever the format', async () => {
    answers = { status: 200, body: { name: 'blue', kept_in: 'memory' } };
    expect((await postern(['it'])).stderr).toContain('WARNING: the disk of the state takes nothing');
    expect((await postern(['it', '--format', 'json'])).stderr).toContain('WARNING');
  });
});

describe('the shape of an answer', () => {
  const shape = object({
    word: oneOf('one', 'two'),
    items: list(object({ count: number, note: optional(text) })),
    flags: table(flag),
  });

  test('takes what has all of it, and more', () => {
    expect(shape({ word: 'two', items: [{ count: 1 }, { count: 2, note: 'x', z: 0 }], flags: { a: true }, z: 0 })).toBe(
      true,
    );
  });

  test.each([
    null,
    [],
    { word: 'three', items: [], flags: {} },
    { word: 'one', flags: {} },
    { word: 'one', items: {}, flags: {} },
    { word: 'one', items: [{ count: '1' }], flags: {} },
    { word: 'one', items: [{ count: 1, note: null }], flags: {} },
    { word: 'one', items: [], flags: { a: 1 } },
    { word: 'one', items: [], flags: [true] },
  ])('refuses %j', (value) => {
    expect(shape(value)).toBe(false);
  });

  test('takes nothing from the prototype of an answer', () => {
    expect(object({ toString: (value: unknown): value is unknown => value !== undefined })({})).toBe(false);
  });
});
