import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileConfiguration } from '../../src/config/load-configuration.ts';
import type { Snapshot } from '../../src/config/snapshot.ts';
import type { Facts } from '../../src/decision/facts.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { runCommandLine } from './command-line.ts';
import { portsWith } from './config-files.ts';

const nowMs = Date.UTC(2026, 5, 1);

/** What `postern import` prints for a text of another product, and how it ends. */
export async function importText(product: string, text: string, name: string) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-import-'));
  try {
    const file = join(folder, name);
    await writeFile(file, text);
    const { code, stdout, stderr } = await runCommandLine(['import', product, file]);
    // Comments as whole sentences again.
    return { code, stdout, stderr, sentences: stdout.replace(/\n *# {3}/g, ' ') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Loads an imported file as `validate --draft` does. Throws where it has errors. */
export async function loadDraft(yaml: string): Promise<Snapshot> {
  const result = await compileConfiguration(yaml, portsWith({}), { file: 'o.yaml', folder: '/x', isDraft: true });
  if (result.outcome === 'loaded') return result.snapshot;
  throw new Error(`${result.problems.map(({ at, message }) => `${at.line}: ${message}`).join('\n')}\n${yaml}`);
}

/** Somebody who is signed in. */
export interface Visitor {
  readonly username: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly factors: 1 | 2;
}

export interface AskedFor {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly address: string;
}

/** True when the request reaches the app as it is. */
export function isOpen(
  snapshot: Snapshot,
  { host, path, method, address }: AskedFor,
  visitor: Visitor | undefined,
): boolean {
  const route = snapshot.routeTable.find(host, path);
  if (route === undefined) return false;
  const provider = [...snapshot.providers.values()][0];
  const facts: Facts = {
    request: { method, path, address, nowMs },
    person:
      visitor === undefined
        ? undefined
        : {
            source: 'idp',
            asOfMs: nowMs,
            sessionId: 's',
            providerId: provider?.id ?? '',
            issuer: provider?.issuer ?? '',
            subject: visitor.username,
            name: undefined,
            email: visitor.email,
            isEmailVerified: true,
            groups: visitor.groups,
            claims: { preferred_username: visitor.username },
          },
    authentication:
      visitor === undefined
        ? undefined
        : { provedAtMs: { password: nowMs, ...(visitor.factors === 2 ? { otp: nowMs } : {}) } },
    device: undefined,
    risk: visitor === undefined ? undefined : { source: 'x', asOfMs: nowMs, score: 0, points: [] },
  };
  return evaluate(route.policy, facts).outcome === 'allow';
}

export const visitors: readonly (Visitor | undefined)[] = [
  undefined,
  { username: 'ada', email: 'ada@corp.example', groups: ['admins'], factors: 1 },
  { username: 'ada', email: 'ada@corp.example', groups: ['admins'], factors: 2 },
  { username: 'john', email: 'john@corp.example', groups: ['staff', 'admins'], factors: 2 },
  { username: 'kim', email: 'kim@vendor.example', groups: [], factors: 1 },
  { username: 'kim', email: 'kim@vendor.example', groups: ['staff'], factors: 2 },
];

/** Every request of these hosts, paths and methods, from two addresses. */
export function requestsOf(
  hosts: readonly string[],
  paths: readonly string[],
  methods: readonly string[],
): readonly AskedFor[] {
  return hosts.flatMap((host) =>
    paths.flatMap((path) =>
      methods.flatMap((method) => ['10.1.2.3', '203.0.113.9'].map((address) => ({ host, path, method, address }))),
    ),
  );
}
