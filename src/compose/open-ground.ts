import { randomBytes } from 'node:crypto';
import { createAuditTrail, type RunningAuditTrail } from '../audit/audit-trail.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createSqliteStore } from '../state/sqlite-store.ts';
import type { StateStore } from '../state/state-store.ts';

/** What everything else stands on. Both stay where they are while the program runs. */
export interface Ground {
  readonly store: StateStore;
  readonly audit: RunningAuditTrail;
}

/** Opens the state and the audit trail. Rejects when one of them cannot be opened; nothing is left open then. */
export async function openGround(
  { state, audit }: Snapshot,
  parts: {
    readonly now: () => number;
    readonly metrics: Pick<Metrics, 'auditEvent'>;
    readonly config: () => string;
    readonly onProblem: (message: string, cause: unknown) => void;
  },
): Promise<Ground> {
  const store = await createSqliteStore({ path: state.path, key: state.key, now: parts.now, randomBytes });
  try {
    return { store, audit: await createAuditTrail({ settings: audit, stateStore: store, randomBytes, ...parts }) };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}
