import { randomBytes } from 'node:crypto';
import { createSelfCheck, type OwnShortfall } from '../admin/self-check.ts';
import { createAuditTrail, type RunningAuditTrail } from '../audit/audit-trail.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { lastSessionIdAt } from '../sessions/expiry.ts';
import { loadSignInSecret } from '../sessions/sign-in-secret.ts';
import { type ClosingStore, createClosingStore } from '../state/closing-store.ts';
import { type ConfirmingStore, createConfirmingStore } from '../state/confirming-store.ts';
import { machineMs } from '../state/machine-clock.ts';
import { openReserve } from '../state/reserve.ts';
import { isDiskFull } from '../state/sqlite-error.ts';
import { createSqliteStore } from '../state/sqlite-store.ts';
import type { FollowingStore } from '../state/state-store.ts';
import type { ComposeOptions } from './program.ts';
import type { Role } from './workers/role.ts';

/** What everything else stands on. Both stay where they are while the program runs. */
export interface Storage extends ConfirmingStore {
  readonly audit: RunningAuditTrail;
  /** Tries whether state and audit trail can be read and written. */
  readonly selfCheck: () => Promise<readonly OwnShortfall[]>;
  readonly closing: Pick<ClosingStore, 'adopt' | 'inMemory' | 'waiting'>;
  /** What signs the sign-in host's cookies and forms. */
  readonly signInSecret: string;
}

/** How often what waits for room on the disk is tried again. */
const settleEveryMs = 1_000;
/** How often it is looked whether the reserve is there, in rounds of the above. */
const reserveRounds = 60;

/** Opens the state and the audit trail. Rejects when one of them cannot be opened; nothing is left open then. */
export async function openStorage(
  { state, audit }: Snapshot,
  parts: {
    readonly now: () => number;
    /** What opens the state by the configuration that runs: it may change. */
    readonly stateKey: () => Snapshot['state']['key'];
    readonly metrics: Pick<Metrics, 'auditEvent' | 'revocationPropagated'>;
    readonly role: Pick<Role, 'keepsHouse' | 'confirm'>;
    readonly log: ComposeOptions['log'];
    readonly config: () => string;
    readonly onProblem: (message: string, cause: unknown) => void;
  },
): Promise<Storage> {
  const { now, role, metrics } = parts;
  const { path } = state;
  const own = await createSqliteStore({ path, key: parts.stateKey, now, randomBytes, isCleaning: role.keepsHouse });
  const closing = createClosingStore({
    inner: own,
    reserve: openReserve({ path, cipher: own.cipher, randomBytes }),
    learnKeys: own.learnKeys,
    exclusively: own.exclusively,
    now,
    lastSessionKeyAt: lastSessionIdAt,
    keepsHouse: role.keepsHouse,
    onDisk({ isWritable, fault }) {
      if (isWritable) parts.log.info({ path }, 'The state can be written again.');
      else parts.log.error({ path, err: fault }, `${fault?.message} What is revoked meanwhile holds all the same.`);
    },
  });
  const confirm: Role['confirm'] = async (written) => {
    const confirmation = await role.confirm(written);
    metrics.revocationPropagated(confirmation.tookMs);
    return confirmation;
  };
  const confirming = createConfirmingStore(closing, confirm, machineMs);
  const stopSettling = role.keepsHouse ? settleEverySecond(closing) : () => undefined;
  const store: FollowingStore = {
    ...confirming.store,
    async close() {
      stopSettling();
      await closing.settle();
      await closing.close();
    },
  };
  try {
    const signInSecret = await loadSignInSecret(store, randomBytes);
    const trail = { settings: audit, stateStore: store, randomBytes, keepsHouse: role.keepsHouse };
    const opened = await createAuditTrail({ ...parts, ...trail });
    const selfCheck = createSelfCheck({
      probes: { state: store.probe, audit: opened.probe },
      isDiskFull: () => isDiskFull(path),
      now,
      monotonicMs: machineMs,
      onTurn(part, why, cause) {
        if (why === undefined) parts.log.info({ part }, 'A part of Postern works again.');
        else parts.log.error({ part, why, err: cause }, `A part of Postern does not work: ${part}, ${why}.`);
      },
    });
    return { ...confirming, store, audit: opened, selfCheck, closing, signInSecret };
  } catch (thrown) {
    stopSettling();
    await closing.close();
    throw thrown;
  }
}

function settleEverySecond(closing: Pick<ClosingStore, 'settle' | 'waiting'>): () => void {
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    if (closing.waiting() > 0 || round % reserveRounds === 0) void closing.settle();
  }, settleEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
