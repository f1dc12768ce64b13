import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { startProvider } from '../support/oidc-provider.ts';
import { type Contender, startNode, stopChild } from './contender.ts';
import { findApache, startApache } from './contenders/apache.ts';
import { freePort } from './free-port.ts';
import { drive, findWrk, type Round } from './load.ts';
import { posternYaml } from './postern-yaml.ts';

const contenders = new URL('./contenders/', import.meta.url).pathname;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', multiple: true },
  },
});

async function startSimple(name: string, script: string, upstream: string): Promise<Contender> {
  const { child, ready } = await startNode(join(contenders, script), [upstream]);
  return {
    name,
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${ready['port']}/app`,
    headers: {},
    stop: () => stopChild(child),
  };
}

async function startExpress(upstream: string): Promise<Contender> {
  const plain = await startSimple('Express + session + helmet + http-proxy', 'express-stack.ts', upstream);
  const browser = createHttpBrowser();
  await browser.open(new URL('/bench-sign-in', plain.url).href);
  return { ...plain, headers: { Cookie: cookieHeader(browser, '127.0.0.1') } };
}

function cookieHeader(browser: HttpBrowser, host: string): string {
  return [...browser.cookiesOf(host)].map(([name, value]) => `${name}=${value}`).join('; ');
}

async function signIn(browser: HttpBrowser, url: string, issuer: string): Promise<void> {
  let page = await browser.open(url);
  for (let forms = 0; page.url.startsWith(issuer) && forms < 3; forms++)
    page = await browser.submit(page, { login: 'ada' });
  if (page.status !== 200)
    throw new Error(`Signing in at ${url} ended with ${page.status}:\n${page.body.slice(0, 500)}`);
}

async function main(): Promise<void> {
  if (!findWrk()) {
    process.stderr.write('The bench needs wrk. On Debian: apt-get install wrk.\n');
    process.exitCode = 3;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const [plain, tls, apachePort] = [await freePort(), await freePort(), await freePort()];
  const origin = `http://app.localhost:${plain}`;
  const provider = await startProvider({
    people: [{ id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: ['engineering', 'finance'] }],
    redirectUris: () => [
      `http://auth.localhost:${plain}/.postern/callback`,
      `http://localhost:${apachePort}/redirect_uri`,
    ],
    postLogoutRedirectUris: () => [],
  });
  const upstreamProcess = await startNode(join(contenders, 'upstream.ts'), []);
  const upstream = `http://127.0.0.1:${upstreamProcess.ready['port']}`;
  const running: Contender[] = [];
  try {
    const postern = await startPostern();
    const bare = await startSimple('bare undici forwarder', 'bare-forwarder.ts', upstream);
    // Both get the very same request.
    running.push({ ...bare, headers: postern.headers }, postern);
    running.push(await startExpress(upstream));
    if (findApache()) {
      running.push(
        await startApache({
          folder: join(folder, 'apache'),
          port: apachePort,
          upstream,
          issuer: provider.issuer,
          clientId: provider.clientId,
          clientSecret: provider.clientSecret,
          signIn: (browser, url) => signIn(browser, url, provider.issuer),
        }),
      );
    } else process.stderr.write('Apache with mod_auth_openidc is not here; it is left out.\n');
    report(
      measure(
        running.filter(({ name }) => values.only === undefined || values.only.some((word) => name.includes(word))),
      ),
    );
  } finally {
    await Promise.all(running.map((contender) => contender.stop()));
    await stopChild(upstreamProcess.child);
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  }

  async function startPostern(): Promise<Contender> {
    const certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
      hosts: ['app.localhost', 'auth.localhost'],
      apps: [],
      devices: [],
    });
    const file = join(folder, 'postern.yaml');
    writeFileSync(
      file,
      posternYaml({
        tls,
        upstream,
        issuer: provider.issuer,
        clientId: provider.clientId,
        server: certificates.server,
      }),
    );
    process.env['STATE_KEY'] = 'a-state-key-of-more-than-thirty-two-characters';
    process.env['CLIENT_SECRET'] = provider.clientSecret;
    const { child } = await startNode(join(contenders, 'postern.ts'), [file, String(plain)]);
    const browser = createHttpBrowser();
    await signIn(browser, `${origin}/app`, provider.issuer);
    return {
      name: 'Postern, the whole check',
      pid: child.pid ?? 0,
      url: `http://127.0.0.1:${plain}/app`,
      headers: {
        Host: `app.localhost:${plain}`,
        Cookie: cookieHeader(browser, 'app.localhost'),
        'User-Agent': 'postern-test-browser',
      },
      stop: () => stopChild(child),
    };
  }
}

/** Rounds alternate, so that what else the machine does hits all alike. */
function measure(running: readonly Contender[]): ReadonlyMap<string, readonly Round[]> {
  const results = new Map<string, Round[]>(running.map(({ name }) => [name, []]));
  // The compiler is done by then.
  for (const contender of running) drive(contender, 6);
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const contender of running) {
      const driven = drive(contender, Number(values.seconds));
      if (driven.failures > 0) throw new Error(`${contender.name} answered ${driven.failures} requests with a no.`);
      results.get(contender.name)?.push(driven);
      process.stderr.write(`round ${round}  ${contender.name}: ${driven.microsecondsEach.toFixed(1)} µs\n`);
    }
  }
  return results;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  const [floor] = [...results.values()].map((rounds) => median(rounds.map((round) => round.microsecondsEach)));
  process.stdout.write(
    '| what answers | µs of CPU per request (median) | ratio to the bare forwarder |\n| --- | --- | --- |\n',
  );
  for (const [name, rounds] of results) {
    const each = median(rounds.map((round) => round.microsecondsEach));
    process.stdout.write(`| ${name} | ${each.toFixed(1)} | ${(each / (floor ?? each)).toFixed(2)} |\n`);
  }
}

await main();
