import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfiguration } from '../../../src/config/load-configuration.ts';
import { decodeText } from '../../../src/config/source/decode-text.ts';
import { readBoundedFile } from '../../../src/config/source/read-bounded-file.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';

/** `code line:column message | help` of each problem of a file with these bytes. */
async function told(bytes: Buffer | string): Promise<readonly string[]> {
  const result = await loadConfiguration('/etc/postern/postern.yaml', await basePorts({ 'postern.yaml': bytes }));
  const problems = result.outcome === 'loaded' ? result.warnings : result.problems;
  return problems
    .slice(0, 3)
    .map(({ code, at, message, help }) => `${code} ${at.line}:${at.column} ${message} | ${help}`);
}

describe('files that people really write', () => {
  test('a byte order mark is passed over', async () => {
    expect(await told(`\ufeff${baseConfiguration}`)).toEqual([]);
  });

  test('UTF-16 is named, with and without a mark', async () => {
    expect(await told(Buffer.from(`\ufeff${baseConfiguration}`, 'utf16le'))).toEqual([
      'P006 1:1 the configuration is UTF-16 | save it as UTF-8',
    ]);
    expect(await told(Buffer.from(baseConfiguration, 'utf16le'))).toEqual([
      'P006 1:2 the configuration is UTF-16, without a mark that says so | save it as UTF-8',
    ]);
  });

  test('what is not UTF-8 is told by its byte', async () => {
    const bytes = Buffer.concat([Buffer.from('version: 1\n# M'), Buffer.from([0xfc]), Buffer.from('ller\n')]);
    expect(await told(bytes)).toEqual([
      'P006 2:4 the configuration is not UTF-8: the byte 0xfc, number 15 of the file, in line 2 | save it as UTF-8',
    ]);
  });

  test.each([
    [[0xc3], 1],
    [[0x61, 0xc3, 0x28], 2],
    [[0xf0, 0x9f, 0x98, 0x80, 0xff], 5],
    [[0xed, 0xa0, 0x80], 1],
  ])('the first wrong byte of %j is number %i', (bytes, place) => {
    const decoded = decodeText(Uint8Array.from(bytes));
    expect(decoded.outcome === 'refused' && decoded.why).toMatch(new RegExp(`number ${place} of the file`));
  });

  test('a file of 50 MB is refused after its first 16', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-large-'));
    try {
      const path = join(folder, 'postern.yaml');
      const handle = await open(path, 'w');
      await handle.truncate(50_000_000);
      await handle.close();
      const result = await loadConfiguration(path, { ...(await basePorts()), readFile: readBoundedFile });
      const problems = result.outcome === 'refused' ? result.problems : [];
      expect(problems.map(({ code, message, help }) => `${code} ${message} | ${help}`)).toEqual([
        'P006 the configuration is larger than 16 MiB | 10,000 routes with 10 rules each take 7 MB; is this the right file?',
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a tab is pointed at in a long file too, which the second parser is spared', async () => {
    const padding = `# ${'x'.repeat(78)}\n`.repeat(20_000);
    expect(await told(`${padding}${baseConfiguration.replace('  auth_host', '\tauth_host')}`)).toEqual([
      'P003 20004:1 a tab stands where YAML wants spaces | indent with spaces',
    ]);
  });

  test('Norway is a group, and no country is false', async () => {
    const result = await loadConfiguration(
      '/etc/postern/postern.yaml',
      await basePorts({ 'postern.yaml': baseConfiguration.replace('[finance]', '[no, on, yes, off, y]') }),
    );
    expect(result.outcome === 'loaded' && [...(result.snapshot.routes[0]?.policy.grants[0]?.groups ?? [])]).toEqual([
      'no',
      'on',
      'yes',
      'off',
      'y',
    ]);
  });

  test('an alias works where a value is said twice', async () => {
    const text = baseConfiguration
      .replace('groups: [finance]', 'groups: &people [finance]')
      .replace('allow: [{ id: everyone }]', 'allow: [{ id: everyone, groups: *people }]');
    expect(await told(text)).toEqual([]);
  });

  test('ten thousand wrong names are all counted, and the first hundred told in full', async () => {
    const rules = Array.from({ length: 10_000 }, (_, at) => `      - { id: r${at}, device: managed-lptop-${at} }`);
    const postures = Array.from(
      { length: 10_000 },
      (_, at) => `  managed-laptop-${at}: { require: [x], max_age: 24h }`,
    );
    const text = baseConfiguration
      .replace('postures:', () => `postures:\n${postures.join('\n')}`)
      .replace('    allow: [{ id: everyone }]', () => `    allow:\n${rules.join('\n')}`);
    const result = await loadConfiguration('/etc/postern/postern.yaml', await basePorts({ 'postern.yaml': text }));
    const wrong = result.outcome === 'refused' ? result.problems.filter(({ code }) => code === 'P021') : [];
    expect(wrong).toHaveLength(10_000);
    expect(wrong[7]?.help).toMatch(/did you mean "managed-laptop-7"/);
    expect(wrong[9_999]).toMatchObject({ message: 'Unknown reference', help: undefined, at: { line: 20_047 } });
  });
});
