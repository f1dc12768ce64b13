import { z } from 'zod';
import type { StateStore } from '../state/state-store.ts';
import { runIdentitySchema } from './run-identity.ts';

/**
 * The newest signed point of a chain, kept in the state: a file that ends before it was cut, a file that says something
 * else at that point was rewritten (SECURITY.md 29).
 */
const headSchema = z.strictObject({
  chain: z.string(),
  file: z.string(),
  sequence: z.int().nonnegative(),
  hash: z.string(),
  atMs: z.int().nonnegative(),
  run: runIdentitySchema,
  /** `closed`: stopped in an orderly way. `succeeded`: a later run has recorded where it ended. */
  status: z.enum(['open', 'closed', 'succeeded']),
});

export type AuditHead = z.infer<typeof headSchema>;

/** Keeps a head. Not in the change log: nobody remembers heads. */
export async function saveAuditHead(stateStore: Pick<StateStore, 'write'>, head: AuditHead): Promise<void> {
  await stateStore.write({
    kind: 'audit_head',
    key: head.chain,
    value: JSON.stringify(head),
    expectedVersion: 'any',
    isLogged: false,
  });
}

/** Every head that is kept: for the next run, and for `verifyAudit`. */
export async function readAuditHeads(stateStore: Pick<StateStore, 'list'>): Promise<readonly AuditHead[]> {
  const records = await stateStore.list('audit_head');
  return records.map((record) => headSchema.parse(JSON.parse(record.value)));
}
