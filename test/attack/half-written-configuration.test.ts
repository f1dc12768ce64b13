import { appendFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { buildProgram, type ProgramProcess, startProcess } from '../support/program-process.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let program: ProgramProcess | undefined;
let lin: HttpBrowser;

const denial = `    deny: [{ id: not-lin, emails: [lin@corp.example] }]
`;
const tests = `tests:
  - name: lin stays out
    given: { user: lin@corp.example, groups: [engineering] }
    deny: { ledger: explicit_deny }
`;

beforeAll(async () => {
  await buildProgram();
  world = await startWorld({
    hosts: ['ledger'],
    edit: (text) => {
      const upstream = /from: https:\/\/wiki[^\n]*\n([\s\S]*?)\n {4}allow:/.exec(text)?.[1] ?? '';
      const host = /https:\/\/wiki(\.localhost:\d+)/.exec(text)?.[1] ?? '';
      const [head = '', routes = ''] = text.split('routes:\n');
      const audit = routes.slice(routes.indexOf('audit:'));
      // What closes stands last, as it does in most files.
      return `${head}${audit}routes:
${routes.slice(0, routes.indexOf('audit:')).trimEnd()}
  - name: ledger
    from: https://ledger${host}
${upstream}
    allow: [{ id: everyone, domains: [corp.example] }]
${denial}${tests}`;
    },
    async startOutside({ file, env, folder }) {
      program = startProcess(['run', '-c', file], env, folder);
      const { tls_port, admin_port } = await program.line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
    },
  });
  lin = world.browser();
  await world.signIn(lin, world.url('ledger'), 'lin');
}, 120_000);
afterAll(async () => {
  program?.child.kill('SIGKILL');
  await program?.exited;
  await world?.close();
});

const ledger = async () => (await lin.send(world.url('ledger'))).status;
const status = async () => JSON.parse((await world.admin('/api/v1/status')).body);
const titled = (title: string) => world.text.replace('title: Wiki', `title: ${title}`);
const line = (text: string) => {
  if (program === undefined) throw new Error('The program was not started.');
  return program.line(text);
};

/** What lin is answered at the ledger until something has happened. */
async function answersUntil(happened: Promise<unknown>): Promise<ReadonlySet<number>> {
  let isOver = false;
  const over = happened.finally(() => {
    isOver = true;
  });
  const answers = new Set<number>();
  while (!isOver) answers.add(await ledger());
  await over;
  return answers.add(await ledger());
}

/** Resolves once a text runs whose first route has this title. */
async function runs(title: string): Promise<void> {
  for (;;) {
    const { routes } = JSON.parse((await world.admin('/api/v1/routes')).body);
    if (routes[0].title === title) return;
  }
}

describe('a configuration that is written piece by piece', () => {
  test('never lets in whom the part denies that is still to come', async () => {
    expect(await ledger()).toBe(403);
    const text = titled('Second');
    const cut = text.indexOf(denial);
    writeFileSync(world.file, text.slice(0, cut));
    expect(await answersUntil(line('The configuration waits'))).toEqual(new Set([403]));
    const waits = await line('The configuration waits');
    expect(waits['opens']).toEqual(['a test is gone: lin stays out', 'ledger/not-lin denies no more']);
    expect((await status()).waiting.opens).toEqual(waits['opens']);
    appendFileSync(world.file, text.slice(cut));
    expect(await answersUntil(runs('Second'))).toEqual(new Set([403]));
    expect((await status()).waiting).toBeNull();
  });

  test('takes away at once what it only takes away', async () => {
    const closing = denial.replace('[{', '[{ id: not-kim, emails: [kim@vendor.example] }, {');
    writeFileSync(world.file, titled('Third').replace(denial, closing));
    await runs('Third');
    expect(await ledger()).toBe(403);
  });

  test('opens at once when it was put in its place by a rename', async () => {
    writeFileSync(`${world.file}.new`, titled('Fourth').replace(denial, '').replace(tests, ''));
    // Within one tick of the system's clock a rename looks like a write.
    utimesSync(`${world.file}.new`, new Date(0), new Date(0));
    renameSync(`${world.file}.new`, world.file);
    await runs('Fourth');
    expect(await ledger()).toBe(200);
    expect(program?.stderr()).toContain('no tests any more');
    expect(await line('has no tests any more')).toMatchObject({ lost: ['lin stays out'] });
  });

  test('opens at once when somebody says that it is whole', async () => {
    writeFileSync(world.file, titled('Fifth'));
    await runs('Fifth');
    expect(await ledger()).toBe(403);
    writeFileSync(world.file, titled('Sixth').replace(denial, '').replace(tests, ''));
    program?.child.kill('SIGHUP');
    await runs('Sixth');
    expect(await ledger()).toBe(200);
  });
});
