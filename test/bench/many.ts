/** What the whole check costs when the sessions of a company take turns: `npm run bench -- many`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { startProvider } from '../support/oidc-provider.ts';
import { type Contender, startNode, stopChild } from './contender.ts';
import { freePort } from './free-port.ts';
import { drive, findWrk } from './load.ts';
import { posternYaml } from './postern-yaml.ts';
import { seedSessions, writeTurns } from './seed-sessions.ts';

const contenders = new URL('./contenders/', import.meta.url).pathname;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    /** How many sessions take turns. */
    counts: { type: 'string', default: '1,1000,10000' },
  },
});
/** Times the bare forwarder, at most. */
const targets = new Map([
  [1, 1.25],
  [10_000, 1.5],
  [100_000, 2],
]);

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function main(): Promise<void> {
  if (!findWrk()) throw new Error('The bench needs wrk. On Debian: apt-get install wrk.');
  const counts = values.counts.split(',').map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const [plain, tls] = [await freePort(), await freePort()];
  const people = [{ id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: ['engineering'] }];
  const provider = await startProvider({ people, redirectUris: () => [], postLogoutRedirectUris: () => [] });
  const app = await startNode(join(contenders, 'upstream.ts'), []);
  const upstream = `http://127.0.0.1:${app.ready['port']}`;
  const children = [app.child];
  try {
    const key = 'a-state-key-of-more-than-thirty-two-characters';
    const secrets = await seedSessions({ path: join(folder, 'state.db'), key }, Math.max(...counts), 'app.localhost', {
      issuer: provider.issuer,
      groups: ['engineering', 'finance'],
    });
    const { server } = await makeDevelopmentCertificates(join(folder, 'certificates'), {
      hosts: ['app.localhost', 'auth.localhost'],
      apps: [],
      devices: [],
    });
    const file = join(folder, 'postern.yaml');
    writeFileSync(file, posternYaml({ tls, upstream, issuer: provider.issuer, clientId: provider.clientId, server }));
    Object.assign(process.env, { STATE_KEY: key, CLIENT_SECRET: provider.clientSecret });
    const headers = { Host: `app.localhost:${plain}`, 'User-Agent': 'postern-test-browser' };
    const start = async (name: string, script: string, args: readonly string[]): Promise<Contender> => {
      const { child, ready } = await startNode(join(contenders, script), args);
      children.push(child);
      const url = `http://127.0.0.1:${ready['port']}/app`;
      return { name, pid: child.pid ?? 0, url, headers, stop: () => stopChild(child) };
    };
    const bare = await start('bare undici forwarder', 'bare-forwarder.ts', [upstream]);
    const postern = await start('Postern, the whole check', 'postern.ts', [file, String(plain)]);
    process.stdout.write(
      '| sessions that take turns | bare, µs | Postern, µs | ratio | target |\n| --- | --- | --- | --- | --- |\n',
    );
    for (const count of counts) {
      const turns = writeTurns(join(folder, `turns-${count}.lua`), secrets.slice(0, count));
      measure(count, bare, postern, turns);
    }
    process.stdout.write(`\nLoad of the machine: ${loadavg()[0]?.toFixed(1)}.\n`);
  } finally {
    await Promise.all(children.map(stopChild));
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every session has had one request before the first round, so that assertions are fresh. */
function measure(count: number, bare: Contender, postern: Contender, turns: string): void {
  drive(bare, 3, turns);
  for (let made = 0; made < count * 1.1; ) made += drive(postern, 4, turns).requests;
  const rounds = Array.from({ length: Number(values.rounds) }, () =>
    [bare, postern].map((contender) => {
      const driven = drive(contender, Number(values.seconds), turns);
      if (driven.failures > 0) throw new Error(`${contender.name} answered ${driven.failures} requests with a no.`);
      return driven.microsecondsEach;
    }),
  );
  const [floor = 0, whole = 0] = [0, 1].map((index) => median(rounds.map((round) => round[index] ?? 0)));
  const target = targets.get(count);
  const verdict = target === undefined ? '-' : `≤ ${target}: ${whole / floor <= target ? 'reached' : 'missed'}`;
  process.stdout.write(
    `| ${count.toLocaleString('en')} | ${floor.toFixed(1)} | ${whole.toFixed(1)} | ${(whole / floor).toFixed(2)} | ${verdict} |\n`,
  );
}

await main();
