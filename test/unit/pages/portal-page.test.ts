import { describe, expect, test } from '@jest/globals';
import { createPageRenderer } from '../../../src/pages/create-page-renderer.tsx';
import { context } from '../../support/pages-samples.ts';
import { manyApps, type PortalSample, portalSamples } from '../../support/portal-samples.ts';

const renderer = createPageRenderer();

function sample(name: string): PortalSample {
  const page = portalSamples.get(name);
  if (page === undefined) throw new Error(`There is no portal "${name}".`);
  return page;
}

const show = (page: PortalSample, changes: Partial<typeof context> = {}): string =>
  renderer.render(page, { ...context, ...changes });

/** Titles in the order of the page, each with whether it is to be seen. */
function tilesOf(html: string): readonly (readonly [title: string, isSeen: boolean])[] {
  const tiles = html.matchAll(/<li class="tile"( hidden)?[^>]*>.*?<(h[23]) class="title"[^>]*>(.*?)<\/\2>/g);
  return [...tiles].map(([, hidden, , title = '']) => [title.replaceAll(/<[^>]*>/g, ''), hidden === undefined]);
}

const seen = (html: string): readonly string[] => tilesOf(html).flatMap(([title, isSeen]) => (isSeen ? [title] : []));

const headings = (html: string): readonly string[] =>
  [...html.matchAll(/<h2[^>]*data-find[^>]*>(.*?)<\/h2>/g)]
    .filter(([text]) => !text.includes('class="title"'))
    .map(([, text = '']) => text.replaceAll(/<[^>]*>/g, ''));

describe('the portal of many apps', () => {
  const page = sample('portal with groups');

  test('puts apps under their groups, in the order of the file, and the others last', () => {
    expect(headings(show(page))).toEqual(['Finance', 'People', 'Other apps']);
    expect(seen(show(page)).slice(0, 4)).toEqual(['Payroll', 'Invoices', 'Travel expenses', 'Holidays']);
    expect(headings(show(page, { acceptLanguage: 'de' }))).toEqual(['Finanzen', 'Personal', 'Weitere Apps']);
    expect(seen(show(page, { acceptLanguage: 'de' }))[0]).toBe('Lohn');
  });

  test('says which language a title is in, where the page has another', () => {
    expect(show(page)).toContain('<bdi lang="fr">Annuaire</bdi>');
  });

  test('shows an icon where there is one, and the first letter elsewhere; neither is read aloud', () => {
    const html = show(page);
    expect(html).toMatch(/<img class="picture" src="\/\.postern\/icon\/payroll" alt(="")? width="40" height="40"/);
    expect(html).toContain('<span class="letter" aria-hidden="true">W</span>');
  });

  test('without groups has no headings but those of the apps', () => {
    const html = show({ ...page, tiles: page.tiles.map((tile) => ({ ...tile, group: undefined })) });
    expect(headings(html)).toEqual([]);
    expect(html).not.toContain('<h3');
  });
});

describe('the search of the portal', () => {
  const page = sample('portal with groups');
  const search = (query: string, changes: Partial<typeof context> = {}) => seen(show({ ...page, query }, changes));

  test.each([
    ['handbook', ['Wiki']],
    ['PAY', ['Payroll']],
    ['cafe zuri', ['Café Züri']],
    ['finance', ['Payroll', 'Invoices', 'Travel expenses']],
    ['finance receipts', ['Travel expenses']],
    ['wiki.corp', ['Wiki']],
    ['tractor', []],
    ['<script>', []],
    ['.*', []],
  ])('finds “%s” in titles, descriptions, hosts and groups', (query, found) => {
    expect(search(query)).toEqual(found);
  });

  test('is in the language of the reader', () => {
    expect(search('lohn', { acceptLanguage: 'de' })).toEqual(['Lohn']);
    expect(search('payslips', { acceptLanguage: 'de' })).toEqual([]);
  });

  test('works without a script: a form that asks the portal, and a page that says how many fit', () => {
    const html = show(sample('portal that was searched'));
    expect(html).toMatch(/<form id="app-search" class="search" method="get" action="\/">/);
    expect(html).toMatch(
      /<label for="app-query">Find an app<\/label><input type="search" id="app-query" name="q" value="handbook"/,
    );
    expect(html).toMatch(/role="status"[^>]*>1 of 8 apps</);
    expect(html).toContain('<a id="app-all" href="/">Show all</a>');
    expect(show(sample('portal that was searched in vain'))).toMatch(
      /<p id="app-none" class="card">None of your apps fits/,
    );
  });

  test('hides a group of which nothing fits', () => {
    expect(show(sample('portal that was searched'))).toMatch(/<section class="group" hidden><h2[^>]*><bdi>Finance/);
  });

  test('stays text, whatever was looked for', () => {
    const html = show({ ...page, query: '"><script>alert(1)</script>' });
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('value="&quot;>&lt;script>alert(1)&lt;/script>"');
  });

  test('is not there for a handful of apps, nor is its script', () => {
    const few = { ...page, tiles: page.tiles.slice(0, 7) };
    expect(show(few)).not.toContain('app-search');
    expect(show(few)).not.toContain('<script');
    expect(renderer.contentSecurityPolicyFor(few)).toBe(renderer.contentSecurityPolicy);
    const none = { ...page, tiles: [], query: 'x' };
    expect(show(none)).not.toContain('app-search');
  });

  test('may run the file of our own host, and ask nobody', () => {
    const policy = renderer.contentSecurityPolicyFor(page);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('connect-src');
    expect(show(page).match(/<script[^>]*>/g)).toEqual(['<script src="/.postern/portal.js" defer>']);
  });
});

test('the portal of 300 apps has them all, by group, in less than a megabyte', () => {
  const html = show({ kind: 'portal', tiles: manyApps, signOutToken: 't' });
  expect(tilesOf(html)).toHaveLength(300);
  expect(headings(html)).toHaveLength(15);
  expect(Buffer.byteLength(html)).toBeLessThan(400_000);
});

describe('the portal of somebody who sees no app', () => {
  const empty: PortalSample = { kind: 'portal', tiles: [], signOutToken: 't' };

  test('says who is signed in, what it may be, and looks again by one press', () => {
    const html = show(empty);
    expect(html).toContain('ada@corp.example');
    expect(html).toContain('<a href="https://auth.corp.example/.postern/sign-out">Another account');
    expect(html).toContain('<a href="https://auth.corp.example/.postern/device">The device');
    expect(html).toContain('<a class="button" href="/">Check again</a>');
  });

  test('offers help first, where the company names it', () => {
    const html = show(empty, { branding: { help: 'it@corp.example' } });
    expect(html).toMatch(/<a class="button" href="mailto:it@corp\.example\?subject=[^"]*">Ask for help<\/a>/);
    expect(html).toContain('<a class="button second" href="/">Check again</a>');
  });
});
