import { randomBytes } from 'node:crypto';
import { createAuditTrail } from '../../src/audit/audit-trail.ts';
import { makeAllow, makeSignIn } from './record-events.ts';
import { createMemoryState } from './record-state.ts';

// Records without pause until it is killed. A line on stdout names each event: `p` plain, when it was handed over, with
// the time; `b` as a durable one is handed over, and `d` once it was acknowledged.
const [directory = ''] = process.argv.slice(2);
const trail = await createAuditTrail({
  settings: { path: directory, onFailure: 'allow', retainMs: 3_600_000, rotateBytes: 200_000, facts: 'once' },
  stateStore: createMemoryState(),
  now: Date.now,
  randomBytes,
  metrics: { auditEvent: () => undefined },
  config: () => '9f2c81d0a4be',
  onProblem: (message, cause) => process.stderr.write(`${message} ${String(cause)}\n`),
});

// Of one session, so that most lines point to facts that one before them holds.
const { facts, decision } = makeAllow(Date.now());

async function recordPlain(): Promise<never> {
  for (;;) {
    const { person, authentication } = facts;
    const allow = makeAllow(Date.now(), { decision });
    const event = { ...allow, facts: { ...allow.facts, person, authentication, device: undefined } };
    trail.record(event);
    process.stdout.write(`p ${Date.now()} ${event.decisionId}\n`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function recordDurably(): Promise<never> {
  for (;;) {
    const event = makeSignIn(Date.now());
    process.stdout.write(`b ${Date.now()} ${event.decisionId}\n`);
    await trail.recordDurably(event);
    process.stdout.write(`d ${Date.now()} ${event.decisionId}\n`);
    // Rarely enough that plain events are not always carried along by a durable one.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

await Promise.all([recordPlain(), recordDurably()]);
