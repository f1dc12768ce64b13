import { readFileSync } from 'node:fs';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { describeForPeople, describeForScripts } from './banner.ts';
import { loadBuiltProgram } from './built-program.ts';
import { followTrail } from './follow-trail.ts';
import { openBrowser } from './open-browser.ts';
import { type RunningDemo, type StartPostern, startDemo } from './start-demo.ts';

const warn = (fields: object, message: string) => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
};

/** Decisions are shown from the audit trail; only trouble is logged. */
const log = { info: () => undefined, warn, error: warn };

function createPosternStarter(version: string): StartPostern {
  return async (configurationFile, ports) => {
    const { composePostern, reloadFrom, readBoundedFile, renderProblems } = await loadBuiltProgram();
    const source = { file: configurationFile, ports: { readFile: readBoundedFile, env: {}, now: Date.now } };
    const first = await reloadFrom({ ...source, first: { files: new Map(), text: '' } }).load({ kind: 'file' });
    const loaded = first.result;
    if (loaded.outcome === 'refused')
      throw new Error(`The demo's configuration was refused.\n${renderProblems(loaded.problems)}`);
    const postern = await composePostern({
      configuration: loaded.snapshot,
      // As `postern run` has it: status, routes, reload and rollout work on the demo.
      reload: reloadFrom({ ...source, first }),
      plainHttp: { host: '127.0.0.1', port: ports.plain },
      isDevelopment: true,
      version,
      log,
      drainTimes: { idleGraceMs: 0, requestGraceMs: 500, streamGraceMs: 500, lingerMs: 0 },
    });
    await postern.start();
    return () => postern.close();
  };
}

/** Resolves at the first wish to stop. Later ones are heard and change nothing: a terminal and npm both send Ctrl+C. */
function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

const closeTimeMs = 5_000;

async function close(demo: RunningDemo): Promise<void> {
  const timer = setTimeout(() => process.exit(0), closeTimeMs);
  await demo.close();
  clearTimeout(timer);
}

async function run(): Promise<number> {
  const wanted = readArguments(process.argv.slice(2));
  if (typeof wanted === 'string') {
    process.stderr.write(`${wanted}\n`);
    return 2;
  }
  const stopped = waitForStop();
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = String((manifest as { readonly version?: unknown }).version);
  const demo = await startDemo(createPosternStarter(version), version);
  if (wanted.isJson) process.stdout.write(`${describeForScripts(demo.facts)}\n`);
  else process.stdout.write(`${describeForPeople(demo.facts)}\n`);
  const stopFollowing = wanted.isJson
    ? () => undefined
    : followTrail(demo.auditFolder, (line) => process.stdout.write(`${line}\n`));
  if (wanted.opensBrowser) openBrowser(`http://auth.localhost:${demo.facts.ports.plain}`);
  await stopped;
  stopFollowing();
  await close(demo);
  return 0;
}

run().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`The demo could not start. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
