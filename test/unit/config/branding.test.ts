import { describe, expect, test } from '@jest/globals';
import { diffSnapshots } from '../../../src/config/diff/diff-snapshots.ts';
import { type LoadResult, loadConfiguration } from '../../../src/config/load-configuration.ts';
import { loadConfigurationInBackground } from '../../../src/config/load-in-background.ts';
import { findOpenings } from '../../../src/config/openings/find-openings.ts';
import { openParcel, recordContents } from '../../../src/config/reload/configuration-parcel.ts';
import { findRestartOnly } from '../../../src/config/reload/restart-only.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';
import { pngOf, svgOf } from '../../support/pictures.ts';

const file = '/etc/postern/postern.yaml';

async function load(branding: string): Promise<LoadResult> {
  const files = { 'logo.svg': svgOf(), 'logo.png': pngOf(40, 40), 'note.svg': 'the password of the database' };
  return loadConfiguration(file, await basePorts({ 'postern.yaml': baseConfiguration + branding, ...files }));
}

async function loadedFrom(branding: string): Promise<Snapshot> {
  const result = await load(branding);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

describe('branding', () => {
  test('is absent until it is said', async () => {
    const { branding = {} } = await loadedFrom('');
    expect(Object.values(branding).filter((value) => value !== undefined)).toEqual([]);
  });

  test('has a name, a logo, a colour, help and a zone', async () => {
    const { branding } = await loadedFrom(
      'branding: { name: Corp, logo: logo.svg, help: "mailto:IT@corp.example", accent: "#0AF", time_zone: Europe/Berlin }\n',
    );
    expect(branding).toMatchObject({
      name: 'Corp',
      logo: { type: 'image/svg+xml' },
      help: 'it@corp.example',
      accent: '#00aaff',
      timeZone: 'Europe/Berlin',
    });
  });

  test('is the same from a thread', async () => {
    const text = `${baseConfiguration}branding: { name: Corp, logo: logo.png, help: https://help.corp.example/x }\n`;
    const ports = await basePorts({ 'postern.yaml': text, 'logo.png': pngOf(40, 40) });
    const there = await loadConfigurationInBackground(file, ports, { directBytes: 0 });
    const here = await loadConfiguration(file, ports);
    if (there.outcome !== 'loaded' || here.outcome !== 'loaded') throw new Error('refused');
    expect(there.snapshot.branding).toEqual(here.snapshot.branding);
    expect(there.snapshot.branding?.help).toBe('https://help.corp.example/x');
  });

  test('and pictures are the same in every worker, which opens no file', async () => {
    const text = `${baseConfiguration.replace('prefix: /', 'icon: logo.png')}branding: { logo: logo.png }\n`;
    const base = await basePorts({ 'postern.yaml': text, 'logo.png': pngOf(40, 40) });
    const { ports, files } = recordContents(base);
    const here = await loadConfiguration(file, ports);
    if (here.outcome !== 'loaded') throw new Error('refused');
    const { hash } = here.snapshot;
    const there = await openParcel({ hash, file, source: { kind: 'file' }, isDraft: false, files }, base);
    expect(there.branding).toEqual(here.snapshot.branding);
    expect(there.routes[0]?.icon).toEqual(here.snapshot.branding?.logo);
  });

  test.each([
    ['accent: #0550ae', 'P010 "accent" has no value | # begins a comment: write "#0550ae" in quotes'],
    ['accent: blue', 'P019 "blue" is not a colour | write it like "#0550ae", with # and in quotes'],
    ['accent: 112233', 'P010 "accent" must be text, not a number | quote it: "112233"'],
    [
      'help: javascript:alert(1)',
      'P015 "javascript:alert(1)" is neither a link nor an e-mail address | write https://… or an address: help@corp.example',
    ],
    [
      'help: the service desk',
      'P015 "the service desk" is neither a link nor an e-mail address | write https://… or an address: help@corp.example',
    ],
    [
      'time_zone: Berlin',
      'P048 "Berlin" is not a time zone | write a name of the IANA database, for example Europe/Berlin or UTC',
    ],
    ['name: ""', 'P019 "" is empty | write something, or remove the key'],
    [
      'logo: none.svg',
      'P037 the file none.svg cannot be read: there is no such file | it was looked for at /etc/postern/none.svg',
    ],
    ['logo: note.svg', 'P037 the file note.svg is no picture | name a file in SVG, PNG or WebP'],
    ['colour: "#0550ae"', 'P001 unknown key "colour" in "branding" | known here: name, logo, help, accent, time_zone'],
  ])('is told what is wrong with %s', async (key, says) => {
    const result = await load(`branding:\n  ${key}\n`);
    const problems = result.outcome === 'loaded' ? [] : result.problems;
    expect(problems.map(({ code, message, help }) => `${code} ${message} | ${help}`)).toEqual([says]);
    expect(JSON.stringify(problems)).not.toContain('password');
  });

  test('takes no reference', async () => {
    const result = await load(`branding: { name: "\${env:STATE_KEY}" }\n`);
    expect(result.outcome === 'loaded' ? [] : result.problems.map(({ code }) => code)).toEqual(['P035']);
  });

  test('is taken up by a reload, opens nothing, and a diff tells it', async () => {
    const before = await loadedFrom('branding: { name: Corp, accent: "#0550ae" }\n');
    const after = await loadedFrom('branding: { name: New Corp, accent: "#0550ae", logo: logo.svg }\n');
    // Each load makes a certificate of its own.
    const candidate = { ...after, server: before.server };
    expect(findRestartOnly(candidate, before)).toEqual([]);
    expect(await findOpenings(candidate, before)).toEqual([]);
    const changes = await diffSnapshots(before, after);
    expect(changes.flatMap(({ name, keys }) => keys.map((key) => [name, key.key, key.before, key.after]))).toEqual([
      ['branding', 'logo', undefined, 'logo.svg'],
      ['branding', 'name', 'Corp', 'New Corp'],
    ]);
    const [added] = await diffSnapshots(await loadedFrom(''), before);
    expect(added?.keys.map(({ key }) => key)).toContain('name');
  });
});
