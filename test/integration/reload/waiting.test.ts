import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ watchesFiles: true, quietMs: 300 });
});
afterAll(() => world?.close());

const titles = async (): Promise<readonly string[]> =>
  JSON.parse((await world.admin('/api/v1/routes')).body).routes.map(({ title }: { title: string }) => title);

/** Resolves once a text runs whose first route has this title. */
async function runs(title: string): Promise<void> {
  while ((await titles())[0] !== title);
}

/** Resolves once the log says so: with as many such lines as there are now, and one more. */
async function logged(text: string, before: number): Promise<string> {
  for (;;) {
    const lines = world.log.filter((line) => line.includes(text));
    const newest = lines.at(-1);
    if (lines.length > before && newest !== undefined) return newest;
    await titles();
  }
}
const count = (text: string) => world.log.filter((line) => line.includes(text)).length;
const waits = 'The configuration waits';
const reloaded = 'The configuration was reloaded.';

test('what waits is taken up by itself once nothing of its file has changed for a while', async () => {
  const before = count(waits);
  writeFileSync(
    world.file,
    world.text.replace('[engineering]', '[engineering, contractors]').replace('title: Wiki', 'title: Second'),
  );
  expect(await logged(waits, before)).toContain('"opens":["dashboard/engineering may grant more"]');
  await runs('Second');
  expect(JSON.parse((await world.admin('/api/v1/status')).body)).toMatchObject({ waiting: null });
});

test('a file of tests that goes waits, too, and one that comes does not', async () => {
  const [waited, applied] = [count(waits), count(reloaded)];
  const tests = join(dirname(world.file), 'wiki.postern-test.yaml');
  writeFileSync(
    tests,
    'tests:\n  - { name: no vendors, given: { user: kim@vendor.example }, deny: { wiki: wrong_account } }\n',
  );
  await logged(reloaded, applied);
  appendFileSync(world.file, '# the text of these tests runs\n');
  await logged(reloaded, applied + 1);
  expect(count(waits)).toBe(waited);
  rmSync(tests);
  expect(await logged(waits, waited)).toContain('"opens":["a test is gone: no vendors"]');
  await logged(reloaded, applied + 2);
});
