import { randomBytes } from 'node:crypto';
import { createAuditTrail, type RunningAuditTrail } from '../audit/audit-trail.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type ConfirmingStore, createConfirmingStore } from '../state/confirming-store.ts';
import { createSqliteStore } from '../state/sqlite-store.ts';
import { machineMs } from './workers/machine-clock.ts';
import type { Role } from './workers/role.ts';

/** What everything else stands on. Both stay where they are while the program runs. */
export interface Ground extends ConfirmingStore {
  readonly audit: RunningAuditTrail;
}

/** Opens the state and the audit trail. Rejects when one of them cannot be opened; nothing is left open then. */
export async function openGround(
  { state, audit }: Snapshot,
  parts: {
    readonly now: () => number;
    readonly metrics: Pick<Metrics, 'auditEvent' | 'revocationPropagated'>;
    readonly role: Pick<Role, 'keepsHouse' | 'confirm'>;
    readonly config: () => string;
    readonly onProblem: (message: string, cause: unknown) => void;
  },
): Promise<Ground> {
  const { now, role, metrics } = parts;
  const { path, key } = state;
  const own = await createSqliteStore({ path, key, now, randomBytes, isCleaning: role.keepsHouse });
  const confirm: Role['confirm'] = async (written) => {
    const confirmation = await role.confirm(written);
    metrics.revocationPropagated(confirmation.tookMs);
    return confirmation;
  };
  const confirming = createConfirmingStore(own, confirm, machineMs);
  const stateStore = confirming.store;
  try {
    const trail = { settings: audit, stateStore, randomBytes, keepsHouse: role.keepsHouse };
    return { ...confirming, audit: await createAuditTrail({ ...parts, ...trail }) };
  } catch (thrown) {
    await own.close();
    throw thrown;
  }
}
