import { readFileSync } from 'node:fs';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { describeForPeople, describeForScripts } from './banner.ts';
import { followTrail } from './follow-trail.ts';
import { openBrowser } from './open-browser.ts';
import { type RunningDemo, startDemo } from './start-demo.ts';
import { startPostern } from './start-postern.ts';

/** Resolves at the first wish to stop. Later ones are heard and change nothing: a terminal and npm both send Ctrl+C. */
function waitForStop(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined));
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
  const demo = await startDemo(startPostern, version);
  if (wanted.isJson) process.stdout.write(`${describeForScripts(demo.facts)}\n`);
  else process.stdout.write(`${describeForPeople(demo.facts)}\n`);
  const stopFollowing = wanted.isJson
    ? () => undefined
    : followTrail(demo.auditFolder, (line) => process.stdout.write(`${line}\n`));
  if (wanted.opensBrowser) openBrowser(`http://auth.localhost:${demo.facts.ports.plain}`);
  const end = await Promise.race([stopped, demo.posternEnded]);
  stopFollowing();
  await close(demo);
  if (end === undefined) return 0;
  process.stderr.write(`Postern ended by itself (${end}), and the demo with it.\n`);
  return 1;
}

run().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`The demo could not start. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
