/** What a decision costs, and what loading the configuration behind it costs: `npm run bench -- decide`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';
import { checkConfiguration } from '../../src/config/check-configuration.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { loadConfigurationInBackground } from '../../src/config/load-in-background.ts';
import type { Snapshot } from '../../src/config/snapshot.ts';
import { readBoundedFile } from '../../src/config/source/read-bounded-file.ts';
import { readYaml } from '../../src/config/source/read-yaml.ts';
import { createSourceText } from '../../src/config/source/source-text.ts';
import type { Facts } from '../../src/decision/facts.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { largeConfiguration, largeConfigurationEnvironment } from '../support/large-configuration.ts';

const small = 1_000;
const large = 10_000;
const rounds = 9;
const decisionsARound = 60_000;
const ports = { readFile: readBoundedFile, env: largeConfigurationEnvironment, now: Date.now };
const shape = { shape: 'middleware' } as const;

const print = (line: string) => process.stdout.write(`${line}\n`);
const quantile = (sorted: Float64Array, share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
const median = (numbers: readonly number[]) => quantile(Float64Array.from(numbers).sort(), 0.5);

/** CPU time of this thread alone, in ms: what else the machine does is not in it. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function collected(): number {
  for (let time = 0; time < 4; time += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

async function loaded(file: string): Promise<Snapshot> {
  const result = await loadConfiguration(file, ports, shape);
  if (result.outcome === 'loaded') return result.snapshot;
  throw new Error(result.problems[0]?.message);
}

/** Always the same sequence of numbers below `below`. */
function createSequence(below: number): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A decision as the gateway comes to it: route look-up, facts, evaluation. No sockets, no session look-up. */
function decideOnce(snapshot: Snapshot, host: string, group: string, nowMs: number): boolean {
  const route = snapshot.routeTable.find(host, '/reports/2026');
  if (route === undefined) throw new Error(`There is no route for ${host}.`);
  const facts: Facts = {
    request: { method: 'GET', path: '/reports/2026', address: '203.0.113.9', nowMs },
    person: {
      source: 'idp:corp',
      asOfMs: nowMs,
      sessionId: 's',
      providerId: 'corp',
      issuer: 'https://idp.corp.example',
      subject: 'ada',
      name: 'Ada',
      email: 'ada@corp.example',
      isEmailVerified: true,
      groups: [group, 'everyone'],
    },
    authentication: { provedAtMs: { password: nowMs - 60_000 } },
    device: undefined,
    risk: { source: 'session', asOfMs: nowMs, score: 5, points: [] },
  };
  return evaluate(route.policy, facts).outcome === 'allow';
}

/** @param routes how many different routes are asked for. */
function createRound(snapshot: Snapshot, routes: number): () => { readonly median: number; readonly p99: number } {
  const hosts = Array.from({ length: routes }, (_, at) => `app-${at}.corp.example`);
  const groups = Array.from({ length: 500 }, (_, at) => `team-${at}`);
  return () => {
    const next = createSequence(routes);
    const times = new Float64Array(decisionsARound);
    for (let at = 0; at < decisionsARound; at += 1) {
      const index = next();
      const host = hosts[index] ?? '';
      const group = groups[(index * 7 + (at % 12)) % 500] ?? '';
      const before = performance.now();
      decideOnce(snapshot, host, group, 1_780_000_000_000);
      times[at] = (performance.now() - before) * 1_000;
    }
    times.sort();
    return { median: quantile(times, 0.5), p99: quantile(times, 0.99) };
  };
}

async function measureDecisions(fileOf: (routes: number) => string): Promise<void> {
  const before = collected();
  const tenThousand = await loaded(fileOf(large));
  const compiled = (collected() - before) / large;
  const thousand = await loaded(fileOf(small));
  const beforeUse = collected();
  const contenders = [
    { name: '1,000 routes', round: createRound(thousand, small) },
    { name: '10,000 routes, 1,000 of them in use', round: createRound(tenThousand, small) },
    { name: '10,000 routes, all in use', round: createRound(tenThousand, large) },
  ].map((contender) => ({ ...contender, medians: [] as number[], p99s: [] as number[] }));
  // The compiler is done by then, and every route was asked for once.
  for (const { round } of contenders) for (let time = 0; time < 3; time += 1) round();
  const used = (collected() - beforeUse) / (large + small);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const { median: middle, p99 } = contender.round();
      contender.medians.push(middle);
      contender.p99s.push(p99);
    }
  }
  const [floor] = contenders;
  print('| decision | median, µs | p99, µs | median to 1,000 | p99 to 1,000 |\n| --- | --- | --- | --- | --- |');
  for (const { name, medians, p99s } of contenders) {
    const ratios = [medians, p99s].map((list, at) =>
      (median(list) / median((at === 0 ? floor?.medians : floor?.p99s) ?? list)).toFixed(2),
    );
    print(`| ${name} | ${median(medians).toFixed(2)} | ${median(p99s).toFixed(2)} | ${ratios.join(' | ')} |`);
  }
  print(
    `\nMemory of a route with 10 rules: ${(compiled / 1024).toFixed(1)} KiB, and ${(used / 1024).toFixed(1)} KiB more once it is asked for.`,
  );
}

async function measureLoading(file: string, text: string): Promise<void> {
  const times = new Map<string, number[]>();
  const cpu = new Map<string, number[]>();
  const measure = async (name: string, work: () => unknown) => {
    const [since, cpuSince] = [performance.now(), cpuMs()];
    await work();
    times.set(name, [...(times.get(name) ?? []), performance.now() - since]);
    cpu.set(name, [...(cpu.get(name) ?? []), cpuMs() - cpuSince]);
  };
  for (let time = 0; time < 5; time += 1) {
    await measure('reading YAML', () => readYaml(createSourceText(file, text)));
    await measure('reading and checking', () => checkConfiguration(text, ports, { file, folder: tmpdir(), ...shape }));
    await measure('all of it: reading, checking, compiling', () => loaded(file));
  }
  print(
    `\n| loading 10,000 routes with 10 rules, ${(text.length / 1e6).toFixed(1)} MB | ms, median of 5 | best | CPU of the thread, best |\n| --- | --- | --- | --- |`,
  );
  for (const [name, list] of times)
    print(
      `| ${name} | ${median(list).toFixed(0)} | ${Math.min(...list).toFixed(0)} | ${Math.min(...(cpu.get(name) ?? [])).toFixed(0)} |`,
    );
}

/** How long the event loop stood still at most, and how much of that this thread worked. */
interface Pause {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** The longest time that nothing else had its turn while a configuration was loaded beside running requests. */
async function measurePause(file: string): Promise<void> {
  const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const pauses: Pause[] = [];
  const idle: Pause[] = [];
  let answered = 0;
  let isOver = false;
  const driving = (async () => {
    while (!isOver) {
      await (await fetch(url)).text();
      answered += 1;
    }
  })();
  const watch = async (list: Pause[], work: () => Promise<unknown>) => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let longest = 0;
    let last = cpuMs();
    const ticks = setInterval(() => {
      const now = cpuMs();
      longest = Math.max(longest, now - last);
      last = now;
    }, 1);
    delay.enable();
    await work();
    delay.disable();
    clearInterval(ticks);
    list.push({ wallMs: delay.max / 1e6, cpuMs: longest });
  };
  for (let time = 0; time < 5; time += 1) {
    await watch(idle, () => new Promise((resolve) => setTimeout(resolve, 1_500)));
    await watch(pauses, () => loadConfigurationInBackground(file, ports, shape));
  }
  isOver = true;
  await driving;
  server.close();
  const row = (list: readonly Pause[], key: keyof Pause) => list.map((pause) => pause[key].toFixed(0)).join(', ');
  print(`| longest pause beside requests, ms (5 times) | by the clock | CPU of the thread |\n| --- | --- | --- |`);
  print(`| while 10,000 routes are loaded in the background | ${row(pauses, 'wallMs')} | ${row(pauses, 'cpuMs')} |`);
  print(`| without loading | ${row(idle, 'wallMs')} | ${row(idle, 'cpuMs')} |\n\n${answered} requests were answered.`);
}

const folder = mkdtempSync(join(tmpdir(), 'postern-decide-'));
try {
  const texts = new Map([small, large].map((routes) => [routes, largeConfiguration(routes)]));
  const fileOf = (routes: number) => join(folder, `${routes}.yaml`);
  for (const [routes, text] of texts) writeFileSync(fileOf(routes), text);
  await measurePause(fileOf(large));
  await measureLoading(fileOf(large), texts.get(large) ?? '');
  await measureDecisions(fileOf);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
