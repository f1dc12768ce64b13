import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { berlin, hamburg, madeUpMap, sydney } from '../../support/risk-map.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';
import { askServer } from '../../support/world-commands.ts';

let clock: ShiftedClock;
let world: World;
const folder = mkdtempSync(join(tmpdir(), 'postern-risk-files-'));
const map = join(folder, 'made-up.mmdb');
const list = join(folder, 'blocked.txt');

/** Nothing acts: these tests look at the points. */
const risk = `risk:
  mmdb_files: [${map}]
  block_list_files: [${list}]
  levels: { medium: 99, high: 100 }
`;

beforeAll(async () => {
  writeFileSync(map, madeUpMap);
  writeFileSync(list, '192.0.2.66 # made up\n');
  clock = shiftClock();
  world = await startWorld({ clock, server: '  trusted_proxies: [127.0.0.1/32]', extra: risk });
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

function at(address: string, device?: 'ada-laptop' | 'lin-laptop'): HttpBrowser {
  const browser = world.browser(device);
  browser.always['x-forwarded-for'] = address;
  return browser;
}

interface Shown {
  readonly people: readonly {
    readonly sessions: readonly {
      readonly id: string;
      readonly score: number;
      readonly points: readonly { readonly signal: string; readonly points: number; readonly detail: string }[];
    }[];
  }[];
}

/** The points of a person's newest session, by signal. */
async function pointsOf(person: string): Promise<Record<string, number>> {
  const answer = await world.admin(`/api/v1/people/${person}/risk`);
  const shown: Shown = JSON.parse(answer.body);
  const newest = [...(shown.people[0]?.sessions ?? [])].sort((one, other) => (one.id < other.id ? 1 : -1))[0];
  return Object.fromEntries((newest?.points ?? []).map(({ signal, points }) => [signal, points]));
}

const postern = (...args: readonly string[]) => askServer(world, args);

const wiki = (path = '/') => world.url('wiki', path);

describe('in the running program, a point comes', () => {
  test('from where a session is: network, operator, country, and a journey that nobody can make', async () => {
    const browser = at(berlin);
    await world.signIn(browser, wiki(), 'ada');
    expect(await pointsOf('ada@corp.example')).toEqual({});
    browser.always['x-forwarded-for'] = hamburg;
    await browser.open(wiki());
    clock.advance(20 * 60_000);
    browser.always['x-forwarded-for'] = sydney;
    await browser.open(wiki());
    expect(await pointsOf('ada@corp.example')).toEqual({
      new_network: 0,
      new_asn: 0,
      new_country: 0,
      impossible_travel: 60,
    });
  });

  test('from what a step-up elsewhere has taught about the person, in a session that never stepped up', async () => {
    await world.signIn(at(berlin), wiki(), 'ada');
    clock.advance(48 * 3_600_000);
    const browser = at(hamburg);
    await world.signIn(browser, wiki(), 'ada', 'password');
    expect(await pointsOf('ada@corp.example')).toMatchObject({ new_asn: expect.any(Number) });
  });

  test('from another program: its platform, its device', async () => {
    const browser = at(berlin, 'lin-laptop');
    browser.always['sec-ch-ua-platform'] = '"macOS"';
    await world.signIn(browser, wiki(), 'lin');
    expect(await pointsOf('lin@corp.example')).toEqual({});
    browser.always['sec-ch-ua-platform'] = '"Windows"';
    await browser.open(wiki());
    expect(await pointsOf('lin@corp.example')).toMatchObject({ client_hints_changed: 30 });
    const other = at(berlin, 'ada-laptop');
    await world.signIn(other, wiki(), 'lin', 'password');
    expect(await pointsOf('lin@corp.example')).toMatchObject({ new_device: 15 });
  });

  test('from an app that is used for the first time', async () => {
    const browser = at(berlin);
    await world.signIn(browser, world.url('dashboard'), 'lin', 'password');
    expect(await pointsOf('lin@corp.example')).toMatchObject({ new_app: 10 });
  });

  test('from a credential that is shown at another host than its own', async () => {
    const browser = at(berlin);
    await world.signIn(browser, wiki(), 'ada');
    const copy = browser.cookie('wiki.localhost', '__Host-postern');
    const shown = await at(sydney).send(world.url('payroll'), { headers: { cookie: `__Host-postern=${copy}` } });
    for (let look = 0; look < 100 && (await pointsOf('ada@corp.example'))['foreign_host'] === undefined; look += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await pointsOf('ada@corp.example')).toMatchObject({ foreign_host: 60 });
    const told = world.log.filter((line) => line.startsWith('A credential was shown at another host than its own'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`"decision_id":"${shown.headers['postern-decision-id']}"`);
  });

  test('from step-ups that fail again and again', async () => {
    const browser = at(berlin);
    await world.signIn(browser, wiki(), 'ada', 'password');
    world.provider.misbehaviour.ignoresStepUp = true;
    try {
      for (let count = 0; count < 3; count += 1) {
        expect((await browser.open(world.url('payroll'))).status).toBe(403);
        clock.advance(61_000);
      }
    } finally {
      world.provider.misbehaviour.ignoresStepUp = false;
    }
    expect(await pointsOf('ada@corp.example')).toMatchObject({ failed_factors: 18 });
  });

  test('from an address that is on a list', async () => {
    const browser = at('192.0.2.66');
    // Long enough for the journey.
    clock.advance(3 * 3_600_000);
    await world.signIn(browser, wiki(), 'lin', 'password');
    expect(await pointsOf('lin@corp.example')).toMatchObject({ blocked_address: 60 });
  });

  test('from a score that postern risk set gives, on the next request, and not after postern risk clear', async () => {
    const browser = at(berlin);
    await world.signIn(browser, wiki(), 'ada');
    const set = await postern(
      ...['risk', 'set', 'ada@corp.example', '--score', '100', '--for', '2h', '--reason', 'token on a paste site'],
    );
    expect([set.code, set.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^ada@corp\.example: score 100 until \S+Z by postern risk set: token on a paste site\. It acts on the next request\.\n$/,
      ),
    ]);
    const shown = await postern('risk', 'show', 'ada@corp.example');
    expect(shown.stdout).toMatch(/set from outside: score 100 until/);
    expect(shown.stdout).toMatch(/POINTS {2}SIGNAL +SINCE +DETAIL\n/);
    expect((await browser.send(wiki())).status).toBe(403);
    const cleared = await postern('risk', 'clear', 'ada@corp.example');
    expect(cleared.stdout).toBe('ada@corp.example: the score from outside is cleared.\n');
    expect((await postern('risk', 'show', 'nobody@corp.example')).code).toBe(3);
    const wrong = await postern('risk', 'set', 'ada@corp.example', '--score', '101', '--for', '2h', '--reason', 'x');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('a score is a number from 0 to 100')]);
  });
});

test('a score from outside closes what the person has open, and leaves others alone', async () => {
  const [hers, his] = [at(berlin), at(berlin)];
  await world.signIn(hers, world.url('dashboard'), 'ada');
  await world.signIn(his, world.url('dashboard'), 'lin');
  const [closing, staying] = [
    await openWebSocket(world, hers, world.url('dashboard')),
    await openWebSocket(world, his, world.url('dashboard')),
  ];
  expect(await staying.next()).toBe('hello');
  await postern('risk', 'set', 'ada@corp.example', '--score', '100', '--for', '1h', '--reason', 'made up');
  expect(await closing.closed).toBeGreaterThanOrEqual(3000);
  staying.socket.send('still here');
  expect(await staying.next()).toBe('echo still here');
  staying.socket.close();
  await postern('risk', 'clear', 'ada@corp.example');
});

describe('sensitivity and disclosure', () => {
  test('a sensitive route tolerates half, and says what is unusual where it discloses that', async () => {
    const text = world.text.replace(
      '  - name: dashboard',
      `  - name: ledger
    from: https://other.localhost:${new URL(world.url('wiki')).port}
    to: ["https://127.0.0.1:${world.app.port}"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: ${world.certificates.internalCa}
    sensitivity: high
    disclose: requirements
    allow: [{ id: everyone, domains: [corp.example] }]
  - name: dashboard`,
    );
    writeFileSync(world.file, text.replace('levels:', 'medium: deny\n  levels:'));
    const reloaded = await world.admin('/api/v1/reload', { method: 'POST', body: {} });
    expect([reloaded.status, reloaded.body]).toEqual([200, expect.stringContaining('applied')]);
    clock.advance(24 * 3_600_000);
    const browser = at(berlin);
    await world.signIn(browser, wiki(), 'ada');
    const ledger = world.url('other');
    expect((await browser.open(ledger)).status).toBe(200);
    await postern('risk', 'set', 'ada@corp.example', '--score', '35', '--for', '2h', '--reason', 'made up');
    expect((await browser.open(ledger)).status).toBe(200);
    await postern('risk', 'set', 'ada@corp.example', '--score', '48', '--for', '2h', '--reason', 'made up');
    expect((await browser.open(wiki())).status).toBe(200);
    const page = await browser.open(ledger);
    expect([page.status, page.body]).toEqual([
      403,
      expect.stringContaining('A warning about your account from another security system'),
    ]);
    expect(page.body).not.toContain('made up');
    writeFileSync(world.file, world.text);
  });
});

describe('the files that risk goes by', () => {
  test('that are damaged keep a configuration from being taken up, and the reason is told', async () => {
    const broken = join(folder, 'broken.mmdb');
    writeFileSync(broken, madeUpMap.subarray(0, 300));
    writeFileSync(world.file, world.text.replace(map, broken));
    const answer = await world.admin('/api/v1/reload', { method: 'POST', body: {} });
    expect([answer.status, answer.body]).toEqual([422, expect.stringContaining('broken.mmdb cannot be used for risk')]);
    writeFileSync(world.file, world.text);
  });

  test('that are replaced by damaged ones go on as they were, and a metric counts it', async () => {
    const half = join(folder, 'half');
    writeFileSync(half, madeUpMap.subarray(0, 300));
    renameSync(half, map);
    const metric = 'postern_risk_files_read_total{kind="mmdb",result="failed"} ';
    let metrics = '';
    // They are looked at every five seconds.
    for (
      let waited = 0;
      waited < 80 && !new RegExp(`${metric.replace(/[{}]/g, '\\$&')}[2-9]`).test(metrics);
      waited += 1
    ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      metrics = (await world.admin('/metrics')).body;
    }
    expect(metrics).toContain(metric);
    expect(world.log.join('\n')).toContain('made-up.mmdb cannot be used for risk');
    const browser = at(berlin);
    await world.signIn(browser, wiki(), 'lin');
    browser.always['x-forwarded-for'] = sydney;
    await browser.open(wiki());
    expect(await pointsOf('lin@corp.example')).toMatchObject({ impossible_travel: 60 });
  }, 20_000);
});
