import process from 'node:process';
import type { AdminDependencies } from '../admin/admin-dependencies.ts';
import type { OwnPart, OwnShortfall } from '../admin/self-check.ts';
import type { RunningAuditTrail } from '../audit/audit-trail.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { ReloadableMetrics } from '../metrics/create-metrics.ts';
import { exposeValues } from '../metrics/expose-metrics.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ProcessControl } from './program.ts';
import type { Reloading, SettableShadow } from './reloading.ts';
import type { Role } from './workers/role.ts';

/** What the admin listener sees of this process alone, or of all whose program it speaks for. */
export function adminViews(parts: {
  readonly role: Role;
  readonly control: Pick<ProcessControl, 'health'>;
  readonly audit: RunningAuditTrail;
  readonly metrics: ReloadableMetrics;
  readonly reloading: Reloading | undefined;
  readonly shadow: SettableShadow;
  readonly snapshot: () => Snapshot;
  readonly startedAtMs: number;
  readonly selfCheck: () => Promise<readonly OwnShortfall[]>;
  readonly life: Pick<Lifecycle, 'isServing'>;
}): Pick<AdminDependencies, 'audit' | 'metrics' | 'workers' | 'readiness' | 'configuration' | 'followDecisions'> {
  const { audit, metrics, control, reloading, snapshot, startedAtMs, life } = parts;
  const { elsewhere } = parts.role;
  const own = async (part: OwnPart) => (await parts.selfCheck()).filter((one) => one.part === part);
  const shared = {
    readiness: {
      state: () => own('state'),
      audit: () => own('audit'),
      config: () => true,
      serving: life.isServing,
      ...elsewhere?.readiness,
    },
    configuration: reloading && {
      ...reloading,
      snapshot,
      startedAtMs,
      shadow: reloading.shadowOf(elsewhere?.shadow ?? parts.shadow),
    },
  };
  if (elsewhere === undefined) {
    return {
      ...shared,
      audit,
      metrics,
      followDecisions(filter) {
        let cursor: number | undefined;
        return {
          async read(isOnlyCounted) {
            const read = audit.feed.read(cursor, filter, isOnlyCounted);
            cursor = read.cursor;
            return read;
          },
        };
      },
      async workers() {
        const { config, streams } = await control.health();
        const { pid } = process;
        const self = { id: 1, pid, state: 'serving', sinceMs: startedAtMs, restarts: 0, lastEnd: undefined } as const;
        return [{ ...self, config, streams }];
      },
    };
  }
  return {
    ...shared,
    audit: {
      ...audit,
      // The key may be replaced; a spread would keep the one of now.
      get publicKey() {
        return audit.publicKey;
      },
      async search(...asked: Parameters<typeof audit.search>) {
        await elsewhere.flushAudit();
        return audit.search(...asked);
      },
    },
    metrics: { expose: async () => exposeValues(await elsewhere.values(await metrics.values())) },
    workers: elsewhere.workers,
    followDecisions: elsewhere.followDecisions,
  };
}
