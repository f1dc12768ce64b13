/** What many sessions cost: `npm run bench -- sessions`. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import type { FollowingStore } from '../../src/state/state-store.ts';
import { writeSessions } from '../support/bulk-sessions.ts';
import { freePort } from './free-port.ts';
import { writeProgramFile } from './program-file.ts';

const { values: options } = parseArgs({
  options: {
    counts: { type: 'string', default: '10000,100000' },
    /** Sessions that are over by time, for the sweep. */
    overdue: { type: 'string', default: '1000' },
    /** Pages of 1,000 that `sessions list` reads at most. */
    pages: { type: 'string', default: '10' },
  },
});

const minuteMs = 60_000;
const settings = { expirationMs: 12 * 60 * minuteMs, inactivityMs: 30 * minuteMs };
const secrets = { ADMIN_TOKEN: randomBytes(32).toString('hex'), STATE_KEY: randomBytes(32).toString('hex') };
const print = (line: string) => process.stdout.write(`${line}\n`);

interface Loop {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly longestHoldMs: number;
  readonly rss: number;
}

interface Figures {
  readonly startMs: number;
  readonly bytesEach: number;
  readonly rss: number;
  readonly loops: ReadonlyMap<string, Loop>;
}

async function measure(count: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  try {
    const path = join(folder, 'state.db');
    const filling = await createSqliteStore({ path, key: secrets.STATE_KEY, now: Date.now, randomBytes });
    // Spread over a quarter of an hour, as sign-ins are.
    const first = Date.now() - 15 * minuteMs;
    const ids = await writeSessions(filling, {
      count,
      settings,
      signedInAtMs: (number) => first + Math.floor((number * 15 * minuteMs) / count),
    });
    await filling.close();
    const bytesEach = statSync(path).size / count;
    const beside = await createSqliteStore({
      path,
      key: secrets.STATE_KEY,
      now: Date.now,
      randomBytes,
      isCleaning: false,
    });
    const program = await startProgram(folder);
    try {
      const loops = new Map<string, Loop>();
      for (const [name, work] of Object.entries(worksOn(program.call, beside, ids))) {
        await program.ask('reset');
        await work();
        loops.set(name, await program.ask('report'));
      }
      return { startMs: program.startMs, bytesEach, rss: (await program.ask('report')).rss, loops };
    } finally {
      await program.close();
      await beside.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Call = (method: string, path: string) => Promise<{ readonly status: number; readonly text: string }>;

function worksOn(
  call: Call,
  store: FollowingStore,
  ids: readonly string[],
): Readonly<Record<string, () => Promise<void>>> {
  const must = async (method: string, path: string): Promise<string> => {
    const { status, text } = await call(method, path);
    if (status !== 200) throw new Error(`${method} ${path} was answered with ${status}: ${text.slice(0, 300)}`);
    return text;
  };
  const active = async () =>
    Number(/postern_sessions_active\{idp="corp"\} (\d+)/.exec(await must('GET', '/metrics'))?.[1] ?? 0);
  return {
    'nothing, for a second': () => delay(1_000),
    '20 scrapes': async () => {
      for (let times = 0; times < 20; times += 1) await active();
    },
    '20 revocations': async () => {
      for (const id of ids.slice(-20)) await must('DELETE', `/api/v1/sessions/${id}`);
    },
    'the sessions of one person': async () => {
      for (let number = 0; number < 20; number += 1) {
        await must('GET', `/api/v1/sessions?user=person-${String(number).padStart(7, '0')}`);
      }
    },
    'one page of 100': async () => void (await must('GET', '/api/v1/sessions?limit=100')),
    [`sessions list, ${options.pages} pages of 1,000`]: async () => {
      for (let page = 0, after = ''; page < Number(options.pages); page += 1) {
        const { next } = JSON.parse(await must('GET', `/api/v1/sessions${after}`));
        if (next === undefined) return;
        after = `?after=${next}`;
      }
    },
    [`expiry of ${options.overdue}`]: async () => {
      const before = await active();
      const signedInAtMs = () => Date.now() - settings.inactivityMs - 2 * minuteMs;
      await writeSessions(store, { count: Number(options.overdue), settings, signedInAtMs, perTransaction: 20 });
      while ((await active()) > before) await delay(100);
    },
  };
}

async function startProgram(folder: string) {
  const files = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['localhost', 'app.localhost', 'auth.localhost'],
    apps: [],
    devices: [],
  });
  const port = await freePort();
  const file = writeProgramFile(folder, {
    port,
    certificates: files,
    server: '  workers: 1\n',
    rest: `session: { expiration: 12h, inactivity: 30m }
break_glass: [root-1@corp.example]
identity_providers:
  - { id: corp, title: Corp, issuer: "https://idp.corp.example", client_id: bench, client_secret: "\${env:STATE_KEY}" }
routes:
  - name: app
    title: App
    from: https://app.localhost:${port}
    to: ["http://127.0.0.1:9"]
    allow_plaintext_upstream: true
    allow: [{ id: engineering, groups: [engineering] }]
audit: { path: audit }
`,
  });
  const script = fileURLToPath(new URL('sessions/program.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...secrets },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error('Postern ended.');
    return JSON.parse(line.value);
  };
  const { adminPort, startMs } = await next();
  const call: Call = async (method, path) => {
    const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${secrets.ADMIN_TOKEN}` },
    });
    return { status: response.status, text: await response.text() };
  };
  return {
    startMs: Number(startMs),
    call,
    async ask(order: 'reset' | 'report'): Promise<Loop> {
      child.stdin.write(`${order}\n`);
      return next();
    },
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

const counts = String(options.counts).split(',').map(Number);
const results = new Map<number, Figures>();
for (const count of counts) {
  results.set(count, await measure(count));
  process.stderr.write(`${count.toLocaleString('en')} sessions are measured.\n`);
}
const row = (name: string, show: (figures: Figures) => string) =>
  print(`| ${name} | ${counts.map((count) => show(results.get(count) as Figures)).join(' | ')} |`);
print(`Load of the machine: ${loadavg()[0]?.toFixed(1)}.\n`);
print(
  `| event-loop delay, p99 (longest; CPU time of the longest turn), ms | ${counts.map((count) => count.toLocaleString('en')).join(' | ')} |`,
);
print(`| --- |${' --- |'.repeat(counts.length)}`);
for (const name of results.values().next().value?.loops.keys() ?? []) {
  row(name, ({ loops }) => {
    const loop = loops.get(name);
    return loop === undefined
      ? '-'
      : `${loop.p99.toFixed(1)} (${loop.max.toFixed(1)}; ${loop.longestHoldMs.toFixed(1)})`;
  });
}
row('memory of the process, MiB', ({ rss }) => (rss / 2 ** 20).toFixed(0));
row('bytes on disk for a session', ({ bytesEach }) => bytesEach.toFixed(0));
row('start, ms', ({ startMs }) => startMs.toFixed(0));
