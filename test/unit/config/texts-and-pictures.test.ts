import { describe, expect, test } from '@jest/globals';
import { diffSnapshots } from '../../../src/config/diff/diff-snapshots.ts';
import { type LoadResult, loadConfiguration } from '../../../src/config/load-configuration.ts';
import { loadConfigurationInBackground } from '../../../src/config/load-in-background.ts';
import { findOpenings } from '../../../src/config/openings/find-openings.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';
import { pngOf, svgOf } from '../../support/pictures.ts';

const file = '/etc/postern/postern.yaml';

/** The base configuration with keys in the route payroll. */
const withRoute = (keys: string): string => baseConfiguration.replace('prefix: /', keys);

async function load(text: string, files: Readonly<Record<string, string | Buffer>> = {}): Promise<LoadResult> {
  return loadConfiguration(file, await basePorts({ 'postern.yaml': text, ...files }));
}

async function loadedFrom(text: string, files: Readonly<Record<string, string | Buffer>> = {}): Promise<Snapshot> {
  const result = await load(text, files);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

async function problemsOf(text: string, files: Readonly<Record<string, string | Buffer>> = {}) {
  const result = await load(text, files);
  return result.outcome === 'loaded'
    ? []
    : result.problems.map(({ code, message, help }) => `${code} ${message}${help === undefined ? '' : ` | ${help}`}`);
}

describe('texts for people', () => {
  test('are one for everybody, or one for each language', async () => {
    const { routes, postures } = await loadedFrom(
      withRoute('title: { en: Payroll, de: Lohn }\n    description: Salaries').replace(
        'managed-laptop:\n',
        'managed-laptop:\n    title: { en: Managed laptop, de: Verwaltetes Notebook }\n',
      ),
    );
    expect(routes[0]).toMatchObject({ title: { en: 'Payroll', de: 'Lohn' }, description: 'Salaries' });
    expect(routes[1]).toMatchObject({ title: 'wiki', description: undefined });
    expect(postures.get('managed-laptop')?.title).toEqual({ en: 'Managed laptop', de: 'Verwaltetes Notebook' });
  });

  test('in no language are none', async () => {
    const { routes } = await loadedFrom(withRoute('title: {}\n    description: {}'));
    expect(routes[0]).toMatchObject({ title: 'payroll', description: undefined });
  });

  test.each([
    ['title: 5', 'P010 "title" must be text, or a text for each language | write { en: … }'],
    ['title: [Payroll]', 'P010 "title" must be text, or a text for each language | write { en: … }'],
    ['title: { German: Lohn }', 'P019 "German" is not a language | write a tag such as en or de'],
    ['title: { de: 5 }', 'P010 "de" must be text, not a number | quote it: "5"'],
    ['title: { de: "" }', 'P019 "" is empty | write something, or remove the key'],
    ['title: ""', 'P019 "" is empty | write something, or remove the key'],
  ])('are told what is wrong: %s', async (key, says) => {
    expect(await problemsOf(withRoute(key))).toEqual([says]);
  });

  test('take no reference: they are shown', async () => {
    const [problem] = await problemsOf(withRoute(`title: { en: "\${file:token}" }`));
    expect(problem).toMatch(/^P035 /);
  });

  test('open nothing, and a diff tells them by language', async () => {
    const before = await loadedFrom(withRoute('title: { en: Payroll, de: Lohn }'));
    const after = await loadedFrom(
      withRoute('title: { en: Payroll, de: Gehalt }\n    icon: payroll.svg').replace(
        'managed-laptop:\n',
        'managed-laptop:\n    title: Managed laptop\n',
      ),
      { 'payroll.svg': svgOf() },
    );
    // Each load makes a certificate of its own.
    expect(await findOpenings({ ...after, server: before.server }, before)).toEqual([]);
    const changes = await diffSnapshots(before, after);
    expect(changes.flatMap(({ name, keys }) => keys.map((key) => [name, key.key, key.before, key.after]))).toEqual([
      ['managed-laptop', 'title', undefined, 'Managed laptop'],
      ['payroll', 'icon', undefined, 'payroll.svg'],
      ['payroll', 'title.de', 'Lohn', 'Gehalt'],
    ]);
  });
});

describe('pictures', () => {
  const withIcon = withRoute('icon: icons/payroll');

  test('are read with the configuration, once for all routes that share them', async () => {
    const text = withIcon.replace('name: wiki\n', 'name: wiki\n    icon: icons/payroll\n');
    const { routes } = await loadedFrom(text, { 'icons/payroll': svgOf() });
    expect(routes[0]?.icon?.type).toBe('image/svg+xml');
    expect(routes[1]?.icon).toBe(routes[0]?.icon);
  });

  test('are the same from a thread', async () => {
    const ports = await basePorts({ 'postern.yaml': withIcon, 'icons/payroll': pngOf(40, 40) });
    const there = await loadConfigurationInBackground(file, ports, { directBytes: 0 });
    const here = await loadConfiguration(file, ports);
    if (there.outcome !== 'loaded' || here.outcome !== 'loaded') throw new Error('refused');
    expect(there.snapshot.routes[0]?.icon).toEqual(here.snapshot.routes[0]?.icon);
    expect(there.snapshot.routes[0]?.icon?.bytes).toHaveLength(pngOf(40, 40).length);
  });

  test.each([
    [{}, 'cannot be read: there is no such file | it was looked for at /etc/postern/icons/payroll'],
    [{ 'icons/payroll': 'what is secret' }, 'is no picture | name a file in SVG, PNG or WebP'],
    [{ 'icons/payroll': svgOf('<script/>') }, 'has a script | remove it: a picture of a page runs nothing'],
  ])('are told what is wrong', async (files, says) => {
    expect(await problemsOf(withIcon, files)).toEqual([`P037 the file icons/payroll ${says}`]);
  });

  test('of a path that leads to a secret publish nothing, and no problem tells what it holds', async () => {
    const text = withRoute('icon: ../postern/token');
    const problems = await problemsOf(text);
    expect(problems).toEqual(['P037 the file ../postern/token is no picture | name a file in SVG, PNG or WebP']);
    expect(JSON.stringify(await load(text))).not.toContain('t'.repeat(40));
  });

  test('too large are not read to the end', async () => {
    const ports = await basePorts({ 'postern.yaml': withIcon, 'icons/payroll': svgOf() });
    const asked: number[] = [];
    await loadConfiguration(file, {
      ...ports,
      readFile: (path, maxBytes) => {
        if (path.endsWith('icons/payroll')) asked.push(maxBytes);
        return ports.readFile(path, maxBytes);
      },
    });
    expect(asked).toEqual([64 * 1024]);
  });

  test('of a draft are not opened', async () => {
    const ports = await basePorts({ 'postern.yaml': withIcon });
    expect((await loadConfiguration(file, ports, { isDraft: true })).outcome).toBe('loaded');
  });
});
