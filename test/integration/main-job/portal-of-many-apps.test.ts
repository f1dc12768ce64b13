import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

const count = 300;
const numbers = Array.from({ length: count }, (_, index) => index);

/** Every second app is for a group that Ada is in; all stand under four headings. */
const routes = numbers
  .map(
    (number) => `  - name: app-${number}
    title: { en: App ${number}, de: Anwendung ${number} }
    group: Team ${number % 4}
    from: https://app-${number}.localhost:TLS_PORT
    to: APP
    tls_custom_ca_file: CA_FILE
    allow: [{ id: team, groups: [${number % 2 === 0 ? `team-${number}` : `others-${number}`}] }]`,
  )
  .join('\n');

let world: World;
let browser: HttpBrowser;
beforeAll(async () => {
  const groups = numbers.map((number) => `team-${number}`);
  world = await startWorld({
    routes,
    people: [{ id: 'ada', email: 'ada@vendor.example', name: 'Ada', groups }],
  });
  browser = world.browser();
  await world.signIn(browser, world.url('auth'), 'ada', 'password');
});
afterAll(() => world?.close());

test('somebody with 300 groups sees the apps of 300 that are theirs, under their headings', async () => {
  const answer = await browser.send(world.url('auth', '/.postern/api/apps'), { headers: clientKinds.script });
  const { apps } = JSON.parse(answer.body) as { apps: { name: string; group: string | null }[] };
  const own = numbers.filter((number) => number % 2 === 0);
  expect(apps.filter(({ group }) => group !== null)).toEqual(
    own.map((number) => expect.objectContaining({ name: `app-${number}`, group: `Team ${number % 4}` })),
  );
  const page = await browser.send(world.url('auth'), { headers: clientKinds.document });
  expect(page.status).toBe(200);
  expect(page.body.match(/<section class="group">/g)).toHaveLength(3);
  expect(page.body).not.toContain('App 1<');
});

test('a search finds among what is theirs, and tells nothing of the others', async () => {
  const search = async (query: string): Promise<string> =>
    (await browser.send(world.url('auth', `/?q=${query}`), { headers: clientKinds.document })).body;
  expect((await search('app%20298')).match(/<li class="tile">/g)).toHaveLength(1);
  const [other, none] = [await search('app-299'), await search('app-999')];
  for (const html of [other, none]) expect(html.match(/<li class="tile">/g)).toBeNull();
  const withoutQuery = (html: string) => html.replaceAll(/app-\d99|dec_[0-9A-Z]{26}/g, '');
  expect(withoutQuery(other)).toBe(withoutQuery(none));
});
