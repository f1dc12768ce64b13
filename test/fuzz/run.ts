/** Bytes against every listener for as long as it is told to: `npm run fuzz -- --minutes 30 --workers 2`. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { playScript } from './play.ts';
import { createRandom } from './random.ts';
import { createScript } from './script.ts';
import { openFuzzStage } from './stage.ts';
import { createFuzzApp, serveFuzzApp } from './upstream.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    /** Processes that serve; 1 is the program without workers. */
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'at-once': { type: 'string', default: '8' },
    /** Plays only this script of the seed. */
    script: { type: 'string' },
  },
});
const seed = Number(values.seed);
const mostViolations = 20;
const print = (line: string) => process.stdout.write(`${line}\n`);

const violations: string[] = [];
const violated = (what: string) => {
  violations.push(what);
  print(`VIOLATION ${what}`);
};
const app = createFuzzApp(violated);
const upstream = await serveFuzzApp(app);
const stage = await openFuzzStage(Number(values.workers), upstream.port, violated);
const before = await stage.processes();
print(`seed ${seed}, ${values.workers} worker(s), processes ${before.join(' ')}`);

const endMs = performance.now() + Number(values.minutes) * 60_000;
let played = 0;
const progress = setInterval(() => {
  const left = Math.max(0, Math.round((endMs - performance.now()) / 1_000));
  print(
    `${played} connections, ${app.counts.requests} requests and ${app.counts.upgrades} upgrades at the app, ${violations.length} violations, ${left} s left`,
  );
}, 10_000);
const renewal = setInterval(
  () => void stage.renewLoose().catch((cause: unknown) => violated(`No new session: ${String(cause)}`)),
  15_000,
);

if (values.script === undefined) {
  await runCampaign(stage.targets, {
    seed,
    atOnce: Number(values['at-once']),
    goesOn(count) {
      played = count;
      return performance.now() < endMs && violations.length < mostViolations;
    },
    violated,
  });
} else {
  const number = Number(values.script);
  const target = stage.targets[number % stage.targets.length] ?? stage.targets[0];
  const script = createScript(createRandom(seed * 1_000_003 + number), target.hosts);
  print(
    JSON.stringify(
      { ...script, bytes: script.bytes.toString('latin1'), upgrade: script.upgrade.toString('latin1') },
      undefined,
      2,
    ),
  );
  for (const fault of await playScript(target, script)) violated(fault);
}
clearInterval(progress);
clearInterval(renewal);

const after = await stage.processes().catch((cause: unknown) => {
  violated(`The program does not answer any more: ${String(cause)}`);
  return [];
});
if (after.join(' ') !== before.join(' '))
  violated(`The processes were ${before.join(' ')} and are ${after.join(' ')}.`);
const broken = await stage.broken().catch(() => Number.NaN);
if (broken !== 0) violated(`Something broke inside the program ${broken} times; each cost one connection.`);
await stage.close();
await upstream.close();
print(
  violations.length === 0
    ? `PASSED: ${played} connections of seed ${seed}, ${app.counts.requests} requests and ${app.counts.upgrades} upgrades at the app; the same processes at the end.`
    : `FAILED: ${violations.length} violations; run one again by --seed ${seed} --script NUMBER.`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
