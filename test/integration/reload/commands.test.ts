import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandLineOptions } from '../../support/command-line.ts';
import { startWorld, type World } from '../../support/world.ts';
import { askServer, runBeside } from '../../support/world-commands.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(async () => {
  writeFileSync(world.file, world.text);
  await world.program.reload({ trigger: 'signal' });
});
afterAll(() => world?.close());

const broken: Server[] = [];
afterAll(() => {
  for (const server of broken) server.close();
});

/** A server whose stream of decisions ends after a line of each kind. */
async function brokenStream(): Promise<string> {
  const event = {
    type: 'decision',
    time: '2026-01-05T14:02:11.000Z',
    decision_id: 'dec_1',
    outcome: 'deny',
    reason: 'explicit_deny',
    route: 'wiki',
    method: 'GET',
    path: '/',
    facts: { person: { email: 'ada@corp.example' } },
  };
  const server = createServer((_request, response) => {
    response.write(`${JSON.stringify({ event })}\n{"skipped":7}\n{"time":"2026-01-05T14:02:11.000Z"}\nno JSON\n`);
    response.end();
  });
  broken.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const postern = (args: readonly string[], options: CommandLineOptions = {}) => askServer(world, args, options);

const runningHash = () => world.program.snapshot().hash;
const change = () => writeFileSync(world.file, world.text.replace('title: Wiki', 'title: Our wiki'));

describe('postern sessions', () => {
  test.each([
    ['show', 'ses_nope'],
    ['end', 'ses_nope', '--reason', 'x', '--yes'],
  ])('%s says of what is no session id how one looks', async (...words) => {
    const { code, stderr } = await postern(['sessions', ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"ses_nope" is no session id: it is ses_ and 26')]);
  });
});

describe('postern whoami', () => {
  test('says which token is used, which server answers and what it runs', async () => {
    const { code, stdout } = await postern(['whoami']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^role {5}admin, by the token of the file\nfrom {5}(::ffff:)?127\.0\.0\.1\nserver {3}postern /,
    );
    expect(stdout).toContain(`running  ${runningHash().slice(0, 12)}\n`);
    const { stdout: json } = await postern(['whoami', '--format', 'json']);
    expect(JSON.parse(json)).toMatchObject({ role: 'admin', token: 'only', hash: runningHash() });
    expect(json).not.toContain(world.adminToken);
  });
});

describe('--watch', () => {
  test.each([
    ['status', /^running /gm],
    ['routes', /^ROUTE /gm],
    ['sessions list', /^\d+ sessions?\.$/gm],
  ])('of %s shows it again until a signal, line by line where there is no terminal', async (words, line) => {
    let times = 0;
    const pause = async () => {
      times += 1;
      return times === 3 ? ('stopped' as const) : ('over' as const);
    };
    const { stdout } = await postern([...words.split(' '), '--watch'], { pause });
    expect(stdout.match(line)).toHaveLength(3);
    expect(stdout).not.toContain('\u001b');
  });

  test('draws over what was there on a terminal', async () => {
    const { stdout } = await postern(['routes', '-w'], { pause: async () => 'stopped', isTerminal: true });
    expect(stdout.startsWith('\u001b[H\u001b[2JROUTE')).toBe(true);
  });
});

describe('postern tail', () => {
  test('says so when the server was away, tries again, and ends at a signal', async () => {
    const words = ['tail', '--reason', 'route_unknown', '-c', world.file];
    const pauses: number[] = [];
    const { code, stdout, stderr } = await runBeside(world, [...words, '--admin', await brokenStream()], {
      pause: async (ms) => {
        pauses.push(ms);
        return pauses.length > 1 ? 'stopped' : 'over';
      },
    });
    expect([code, pauses]).toEqual([0, [1_000, 1_000]]);
    expect(stdout).toMatch(/^DENY {5}14:02:11 {2}ada@corp\.example {2}wiki {2}explicit_deny {2}GET \/ {2}dec_1\n/);
    expect(stderr).toContain('7 decisions were not shown: they came faster than they were read.');
    expect(stderr).toContain('does not answer any more; trying again in 1 s.');
  });

  test('is refused by a server that takes no such filter', async () => {
    const { body } = await world.admin('/api/v1/decisions?nothing=1');
    expect(JSON.parse(body)).toMatchObject({ code: 'request_malformed' });
  });
});

describe('postern reload', () => {
  test('asks, applies what it showed, and says how to undo it', async () => {
    const was = runningHash();
    change();
    const questions: string[] = [];
    const { code, stdout } = await postern(['reload'], { confirm: async (question) => questions.push(question) > 0 });
    expect([code, questions]).toEqual([0, ['Apply? [y/N] ']]);
    expect(stdout).toContain(`running  ${runningHash().slice(0, 12)} (was ${was.slice(0, 12)}) in `);
    expect(stdout).toContain(`Undo: postern reload --to ${was.slice(0, 12)}`);
    expect((await postern(['reload', '--yes', '--to', was.slice(0, 12)])).code).toBe(0);
    expect(runningHash()).toBe(was);
  });

  test('applies nothing when the answer is no, when nobody can be asked, or when it only checks', async () => {
    const was = runningHash();
    change();
    expect((await postern(['reload'], { confirm: async () => false })).code).toBe(1);
    const unasked = await postern(['reload']);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('postern reload --yes');
    const checked = await postern(['reload', '--check-only', '--format', 'json']);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ outcome: 'checked_only' });
    expect(runningHash()).toBe(was);
  });

  test('does not apply another file than the one that it showed', async () => {
    const was = runningHash();
    change();
    const confirm = async () => {
      writeFileSync(world.file, world.text.replace('title: Wiki', 'title: Not what was shown'));
      return true;
    };
    const { code, stderr } = await postern(['reload'], { confirm });
    expect(code).toBe(1);
    expect(stderr).toContain('it changed after it was looked at');
    expect(runningHash()).toBe(was);
  });

  test('shows the errors of the file, and status fails until it is mended', async () => {
    writeFileSync(world.file, world.text.replace('auth_host:', 'auth_hots:'));
    const refused = await postern(['reload', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/postern\.yaml:\d+:\d+: error\[P001\]: /);
    await world.program.reload({ trigger: 'signal' });
    const failed = await postern(['status']);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('FAILED');
    writeFileSync(world.file, world.text);
    await world.program.reload({ trigger: 'signal' });
    const mended = await postern(['status']);
    expect(mended.code).toBe(0);
    expect(mended.stdout).toContain(`running  ${runningHash().slice(0, 12)} from `);
  });

  test('begins and ends a shadow', async () => {
    const other = join(world.folder, 'other.yaml');
    writeFileSync(other, world.text.replace('groups: [engineering]', 'groups: [operations]'));
    const begun = await postern(['reload', '--shadow', other]);
    expect([begun.code, begun.stdout]).toEqual([0, expect.stringContaining('without effect')]);
    expect((await postern(['status'])).stdout).toContain('0 newly denied');
    expect((await postern(['reload', '--shadow', 'off'])).stdout).toContain('shadow   off');
  });
});

test('postern routes lists what the server decides by', async () => {
  const { code, stdout } = await postern(['routes']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ROUTE +FROM +TO +RULES +WHERE\n/);
  expect(stdout).toMatch(
    /payroll +https:\/\/payroll\.localhost:\d+\/ +https:\/\/127\.0\.0\.1:\d+ +1 allow, 0 deny +.*postern\.yaml:\d+/,
  );
});
