import { describe, expect, test } from '@jest/globals';
import { diffSnapshots } from '../../../../src/config/diff/diff-snapshots.ts';
import { renderChange } from '../../../../src/config/diff/render-diff.ts';
import { compileConfiguration } from '../../../../src/config/load-configuration.ts';
import { renderProblems } from '../../../../src/config/render-problems.ts';
import { baseConfiguration, basePorts } from '../../../support/config-files.ts';

async function load(text: string, env: Readonly<Record<string, string>> = {}) {
  const ports = await basePorts();
  const result = await compileConfiguration(
    text,
    { ...ports, env: { ...ports.env, ...env } },
    { folder: '/etc/postern', file: 'postern.yaml' },
  );
  if (result.outcome === 'refused') throw new Error(renderProblems(result.problems));
  return result.snapshot;
}

async function diff(change: (text: string) => string): Promise<readonly string[]> {
  const text = change(baseConfiguration);
  if (text === baseConfiguration) throw new Error('The change changed nothing.');
  return (await diffSnapshots(await load(baseConfiguration), await load(text))).flatMap(renderChange);
}

describe('what differs between two configurations', () => {
  test.each([
    ['comments and empty lines', (text: string) => `# a comment\n\n${text.replace('routes:', '\nroutes: # apps')}`],
    ['quotes', (text: string) => text.replace('id: corp', 'id: "corp"')],
    [
      'the order of words in a list',
      (text: string) =>
        text.replace('[disk_encrypted, "os_version >= 14.0"]', '["os_version >= 14.0", disk_encrypted]'),
    ],
    ['the same duration in another unit', (text: string) => text.replace('max_age: 15m', 'max_age: 900s')],
    [
      'a default that is written out',
      (text: string) => text.replace('  - name: wiki\n', '  - name: wiki\n    allow_websockets: false\n    deny: []\n'),
    ],
    [
      'one upstream written as a list',
      (text: string) => text.replace('to: https://10.0.0.5:8443', 'to: [https://10.0.0.5:8443]'),
    ],
    ['the case of an address', (text: string) => text.replace('[ada@corp.example]', '[Ada@Corp.Example]')],
  ])('is nothing for %s', async (_what, change) => {
    expect(await diff(change)).toEqual([]);
  });

  test('is nothing for routes and rules that stand elsewhere', async () => {
    const parts = baseConfiguration.split(/(?=^ {2}- name: )/m);
    const wiki = parts.findIndex((part) => part.includes('name: wiki'));
    const payroll = parts.findIndex((part) => part.includes('name: payroll'));
    const moved = [...parts];
    const wikiText = parts[wiki]?.split(/(?=^[a-z])/m) ?? [];
    moved[payroll] = wikiText[0] ?? '';
    moved[wiki] = (parts[payroll] ?? '') + wikiText.slice(1).join('');
    expect(await diff(() => moved.join(''))).toEqual([]);
  });

  test('tells claims, hours, conditions and paths of every kind as they are written', async () => {
    const rule = (level: number, to: string, path: string) =>
      baseConfiguration.replace(
        'paths: [/reports/**]',
        () =>
          `paths: [{ ${path} }]\n        claims: { level: ${level} }\n        hours: { from: "07:00", to: "${to}", zone: UTC }\n        when: claims.level > ${level}`,
      );
    const before = await load(rule(1, '20:00', 'path: /a'));
    const after = await load(rule(2, '21:00', 'regex: "^/a$"'));
    expect((await diffSnapshots(before, before)).flatMap(renderChange)).toEqual([]);
    const lines = (await diffSnapshots(before, after)).flatMap(renderChange).join('\n');
    for (const said of [
      'claims.level 1 -> 2',
      'hours.to 20:00 -> 21:00',
      'when claims.level > 1 -> claims.level > 2',
      '"regex":"^/a$"',
    ])
      expect(lines).toContain(said);
  });

  test('names a key of a rule with what stood there and what stands there', async () => {
    expect(await diff((text) => text.replace('max_age: 15m', 'max_age: 5m'))).toEqual([
      '~ payroll/finance  auth.max_age 15m -> 5m',
    ]);
    expect(await diff((text) => text.replace('groups: [finance]', 'groups: [finance, hr]'))).toEqual([
      '~ payroll/finance  groups [finance] -> [finance, hr]',
    ]);
    expect(await diff((text) => text.replace('        device: managed-laptop\n', ''))).toEqual([
      '~ payroll/finance  device managed-laptop (gone)',
    ]);
  });

  test('tells added and removed rules from changed ones, also where a rule changes sides', async () => {
    const lines = await diff((text) => text.replace('id: no-contractors', 'id: no-vendors'));
    expect(lines).toEqual([
      '+ payroll/no-vendors  deny: groups [contractors], user_message.en Use the vendor portal.',
      '- payroll/no-contractors  deny: groups [contractors], user_message.en Use the vendor portal.',
    ]);
  });

  test('takes a rule that changes sides for another rule', async () => {
    const sides = (text: string) =>
      text
        .replace('    deny:\n      - id: no-contractors', '      - id: no-contractors')
        .replace(/ +user_message.*\n/, '');
    expect(await diff(sides)).toEqual([
      '+ payroll/no-contractors  allow: groups [contractors]',
      '- payroll/no-contractors  deny: groups [contractors], user_message.en Use the vendor portal.',
    ]);
  });

  test('names added and removed routes, and what is under a section', async () => {
    const lines = await diff((text) =>
      text
        .replace('name: wiki', 'name: docs')
        .replace('inactivity: 30m', 'inactivity: 10m')
        .replace('[203.0.113.0/24]', '[198.51.100.0/24]')
        .replace('max_age: 24h', 'max_age: 12h')
        .replace('https://10.0.0.5:8443', 'https://10.0.0.7:8443'),
    );
    expect(lines).toEqual(
      expect.arrayContaining([
        '~ session  inactivity 30m -> 10m',
        '~ posture managed-laptop  max_age 24h -> 12h',
        '~ network office  [203.0.113.0/24] -> [198.51.100.0/24]',
        '~ route payroll  to https://10.0.0.5:8443 -> https://10.0.0.7:8443',
        expect.stringMatching(/^\+ route docs {2}from https:\/\/wiki\.corp\.example/),
        expect.stringMatching(/^- route wiki {2}from https:\/\/wiki\.corp\.example/),
      ]),
    );
  });

  test('gives the place of a change in the new file, and of a removal in the old one', async () => {
    const after = await load(`# moved\n${baseConfiguration.replace('max_age: 15m', 'max_age: 5m')}`);
    const [change] = await diffSnapshots(await load(baseConfiguration), after);
    expect(change?.at).toMatchObject({ file: 'postern.yaml', line: 31 });
  });

  test('tells that a secret is another one, and shows neither', async () => {
    const before = await load(baseConfiguration);
    const other = 'another client secret, which nobody sees';
    const value = await diffSnapshots(before, await load(baseConfiguration, { CLIENT_SECRET: other }));
    expect(value.flatMap(renderChange)).toEqual([
      `~ provider corp  client_secret \${env:CLIENT_SECRET} -> \${env:CLIENT_SECRET} (another value)`,
    ]);
    const renamed = baseConfiguration.replace('env:CLIENT_SECRET', 'env:NEW_SECRET');
    const lines = (await diffSnapshots(before, await load(renamed, { NEW_SECRET: other }))).flatMap(renderChange);
    expect(lines).toEqual([`~ provider corp  client_secret \${env:CLIENT_SECRET} -> \${env:NEW_SECRET}`]);
    expect(JSON.stringify([value, lines])).not.toContain(other);
    const two = baseConfiguration.replace(`"\${env:STATE_KEY}"`, `["\${env:NEW_KEY}", "\${env:STATE_KEY}"]`);
    const keys = (await diffSnapshots(before, await load(two, { NEW_KEY: other.repeat(2) }))).flatMap(renderChange);
    expect(keys).toEqual([`~ state  key \${env:STATE_KEY} -> [\${env:NEW_KEY}, \${env:STATE_KEY}]`]);
  });
});
