import type { Page, PortalTile } from '../../src/pages/page.ts';

export type PortalSample = Extract<Page, { readonly kind: 'portal' }>;

const finance = { en: 'Finance', de: 'Finanzen' };
const people = { en: 'People', de: 'Personal' };

function app(name: string, more: Partial<PortalTile>): PortalTile {
  const host = `${name}.corp.example`;
  return {
    name,
    title: name,
    description: undefined,
    host,
    owner: undefined,
    url: `https://${host}/`,
    state: 'ready',
    reason: undefined,
    ...more,
  };
}

const apps: readonly PortalTile[] = [
  app('payroll', {
    title: { en: 'Payroll', de: 'Lohn' },
    description: { en: 'Salaries and payslips', de: 'Gehalt und Abrechnungen' },
    group: finance,
    iconUrl: '/.postern/icon/payroll',
    state: 'needs_step_up',
    reason: 'reauth_required',
  }),
  app('invoices', { title: { en: 'Invoices', de: 'Rechnungen' }, group: finance }),
  app('expenses', {
    title: { en: 'Travel expenses', de: 'Reisekosten' },
    description: 'Receipts, mileage and per diems of a trip, and who has to approve them',
    group: finance,
    iconUrl: '/.postern/icon/expenses',
  }),
  app('holidays', { title: { en: 'Holidays', de: 'Urlaub' }, group: people }),
  app('directory', { title: { fr: 'Annuaire' }, group: people, state: 'fix_device', reason: 'device_not_compliant' }),
  app('cafeteria', { title: 'Café Züri', description: 'The menu of today', state: 'ready' }),
  app('wiki', { title: 'Wiki', description: 'Handbook, meeting notes and how-tos' }),
  app('a-host-with-a-rather-long-name-that-nobody-chose.engineering', {
    title: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenverwaltung',
    state: 'device_unknown',
    reason: 'device_unknown',
  }),
];

const portal = (tiles: readonly PortalTile[], query?: string): PortalSample => ({
  kind: 'portal',
  tiles,
  query,
  signOutToken: 'token-of-the-form',
});

/** Apps of a large company, twenty to a group. */
export const manyApps: readonly PortalTile[] = Array.from({ length: 300 }, (_, index) =>
  app(`app-${index}`, {
    title: `App ${index}`,
    description: `What team ${index % 7} works with`,
    group: { en: `Team ${Math.floor(index / 20)}`, de: `Gruppe ${Math.floor(index / 20)}` },
  }),
);

/** Portals with a search, by a name for test titles. */
export const portalSamples: ReadonlyMap<string, PortalSample> = new Map([
  ['portal with groups', portal(apps)],
  ['portal that was searched', portal(apps, 'handbook')],
  ['portal that was searched in vain', portal(apps, 'tractor')],
]);
