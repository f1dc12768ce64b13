import { createHash } from 'node:crypto';
import type { LoadPorts } from './source/dereference.ts';

/**
 * Ports for a draft: what somebody proposes, and nobody serves with. References are not resolved and no file is opened
 * (security-rules.md 54): each stands for a text of its own that no secret has, long enough for every key.
 */
export function portsOfDraft(ports: LoadPorts): LoadPorts {
  return {
    now: ports.now,
    env: new Proxy({}, { get: (_, name) => standIn(`env:${String(name)}`) }),
    readFile: async (path) => Buffer.from(standIn(`file:${path}`)),
  };
}

function standIn(name: string): string {
  return createHash('sha256').update(`draft ${name}`).digest('hex');
}
