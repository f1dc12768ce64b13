/** What risk costs a request, and what a session and a person take up: `npm run bench -- risk`. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { riskSignalNames } from '../../src/config/snapshot.ts';
import { createRisk } from '../../src/risk/create-risk.ts';
import type { Risk, RiskObservation } from '../../src/risk/risk.ts';
import { createMemoryStore } from '../support/judgement-memory-store.ts';
import { chrome, hour, minute, settingsWith } from '../support/judgement-risk.ts';
import { berlin, mapSources, sydney } from '../support/risk-map.ts';

const rounds = 9;
const requestsARound = 200_000;
const settings = settingsWith(
  Object.fromEntries(riskSignalNames.map((name) => [name, { weight: 5, halfLifeMs: hour }])),
);
const sources = mapSources();
const print = (line: string) => process.stdout.write(`${line}\n`);
const median = (numbers: readonly number[]) =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;

let nowMs = Date.UTC(2026, 0, 5, 9);
const newRisk = (): Risk =>
  createRisk({ store: createMemoryStore(() => nowMs), now: () => nowMs, sources, everySecond: () => () => undefined });

const usual = (index: number): RiskObservation => ({
  sessionId: `ses_${index % 100}`,
  person: { issuer: 'https://idp.corp.example', subject: `person-${index % 100}` },
  address: berlin,
  userAgent: chrome,
  platform: '"macOS"',
  device: 'aa:bb',
  route: index % 2 === 0 ? 'wiki' : 'payroll',
  path: `/pages/${index % 40}`,
  nowMs,
  lastProofAtMs: nowMs - minute,
  steppedUpAtMs: nowMs - minute,
});

const cases: Readonly<Record<string, (index: number) => RiskObservation>> = {
  'the usual request': usual,
  'with four signals raised': (index) => ({
    ...usual(index),
    address: sydney,
    userAgent: 'curl/8',
    platform: '"Linux"',
    steppedUpAtMs: 0,
  }),
  'from another address each time': (index) => ({
    ...usual(index),
    address: index % 2 === 0 ? berlin : sydney,
    steppedUpAtMs: 0,
  }),
};

print('| a request | µs, median of 9 rounds |\n| --- | --- |');
for (const [name, make] of Object.entries(cases)) {
  const risk = newRisk();
  for (let index = 0; index < 100; index += 1) risk.assess(usual(index), settings);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const observations = Array.from({ length: 1000 }, (_, index) => make(index));
    const began = performance.now();
    for (let index = 0; index < requestsARound; index += 1) {
      const observation = observations[index % 1000];
      if (observation === undefined) continue;
      if (risk.load(observation) !== undefined) throw new Error('The usual request waits for nothing.');
      risk.assess(observation, settings);
    }
    // The first one warms up.
    if (round > 0) times.push(((performance.now() - began) * 1000) / requestsARound);
    nowMs += 1000;
  }
  print(`| ${name} | ${median(times).toFixed(2)} |`);
}

const collected = () => {
  for (let time = 0; time < 4; time += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
};
const before = collected();
const full = newRisk();
const sessions = 5_000;
for (let index = 0; index < sessions; index += 1) {
  for (const route of ['wiki', 'payroll', 'dashboard']) {
    full.assess(
      { ...usual(index), sessionId: `ses_${index}`, person: { issuer: 'i', subject: `p${index}` }, route },
      settings,
    );
  }
}
print(`\nMemory of a session with a person of its own: ${((collected() - before) / sessions / 1024).toFixed(1)} KiB.`);
await full.close();
