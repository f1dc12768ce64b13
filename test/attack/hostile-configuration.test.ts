import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileConfiguration, loadConfiguration } from '../../src/config/load-configuration.ts';
import { readBoundedFile } from '../../src/config/source/read-bounded-file.ts';
import { baseConfiguration, basePorts, portsWith } from '../support/config-files.ts';

async function codesOf(text: string): Promise<readonly string[]> {
  const result = await compileConfiguration(text, portsWith({}), { folder: '/etc/postern' });
  return result.outcome === 'refused' ? [...new Set(result.problems.map(({ code }) => code))] : ['loaded'];
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function loadBytes(bytes: string | Buffer, size?: number) {
  const file = join(folder, 'postern.yaml');
  await writeFile(file, bytes);
  if (size !== undefined) await truncate(file, size);
  const result = await loadConfiguration(file, { readFile: readBoundedFile, env: {}, now: Date.now });
  if (result.outcome === 'loaded') throw new Error('It was loaded.');
  return {
    messages: result.problems.map(({ code, message }) => `${code} ${message}`),
    isUnreadable: result.isUnreadable,
  };
}

describe('a hostile or broken file', () => {
  test('an alias bomb is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => `a${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`);
    levels[0] = 'a0: &a0 [x,x,x,x,x,x,x,x,x]';
    expect(await codesOf(levels.join('\n'))).toContain('P005');
  });

  test('an alias to itself is refused', async () => {
    expect(await codesOf('a: &a [*a]')).toContain('P005');
  });

  test.each([
    ['lists', '['.repeat(100_000)],
    ['closed lists', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['maps', '{a: '.repeat(50_000)],
    ['dashes', `${'- '.repeat(50_000)}1`],
  ])('%s nested without end are refused and not followed', async (_, text) => {
    expect(await codesOf(text)).toEqual(['P005']);
  });

  test('very many keys are refused in time', async () => {
    const text = Array.from({ length: 150_000 }, (_, index) => `k${index}: v`).join('\n');
    expect(await codesOf(text)).toEqual(['P001', 'P007']);
  });

  test('50 MB are not read', async () => {
    const { messages, isUnreadable } = await loadBytes('version: 1\n', 50 * 1024 * 1024);
    expect(messages).toEqual(['P006 the configuration is larger than 16 MiB']);
    expect(isUnreadable).toBe(true);
  });

  test('a device that never ends is not read to its end', async () => {
    const result = await loadConfiguration('/dev/zero', { readFile: readBoundedFile, env: {}, now: Date.now });
    expect(result.outcome).toBe('refused');
  });

  test('a folder in place of a file is named as one', async () => {
    const result = await loadConfiguration(folder, { readFile: readBoundedFile, env: {}, now: Date.now });
    const messages = result.outcome === 'refused' ? result.problems.map(({ message }) => message) : [];
    expect(messages).toEqual(['the configuration cannot be read: it is a folder']);
  });

  test.each([
    [
      'Latin-1',
      Buffer.from('title: Gehaltsbüro', 'latin1'),
      'P006 the configuration is not UTF-8: the byte 0xfc, number 16 of the file, in line 1',
    ],
    ['UTF-16', Buffer.from('\ufeffversion: 1', 'utf16le'), 'P006 the configuration is UTF-16'],
    [
      'NUL bytes',
      Buffer.from('version: 1\0'),
      'P006 the configuration holds a NUL byte, number 11 of the file, in line 1',
    ],
  ])('%s is refused by name', async (_, bytes, message) => {
    expect((await loadBytes(bytes)).messages).toEqual([message]);
  });

  test('a byte order mark is dropped and moves no column', async () => {
    const ports = await basePorts();
    const text = `\ufeff${baseConfiguration.replace('version: 1', 'version: 2')}`;
    const result = await compileConfiguration(text, ports, { folder: '/etc/postern' });
    expect(result.outcome === 'refused' && result.problems.map(({ at }) => `${at.line}:${at.column}`)).toEqual([
      '1:10',
    ]);
  });

  test('Windows line ends move no line', async () => {
    const ports = await basePorts();
    const text = baseConfiguration.replace('below: 40', 'below: 400').replaceAll('\n', '\r\n');
    const result = await compileConfiguration(text, ports, { folder: '/etc/postern' });
    const frame = result.outcome === 'refused' ? result.problems[0]?.frame?.text : undefined;
    expect(frame).toBe('        risk: { below: 400 }');
  });

  test('no text makes the loader throw', async () => {
    const ports = await basePorts();
    const lines = baseConfiguration.split('\n');
    const token = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ':',
      '-',
      '*a',
      '&a',
      '!t',
      '|',
      '>',
      '"',
      "'",
      '\t',
      '#',
      '? ',
      '<<',
      '%',
      `\${env:X}`,
      '\n',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 1),
        fc.nat(60),
        fc.array(token, { maxLength: 4 }),
        async (at, column, tokens) => {
          const line = lines[at] ?? '';
          const broken = lines.with(at, line.slice(0, column) + tokens.join('') + line.slice(column)).join('\n');
          const result = await compileConfiguration(broken, ports, { folder: '/etc/postern' });
          expect(['loaded', 'refused']).toContain(result.outcome);
        },
      ),
      { numRuns: 200 },
    );
  });
});
