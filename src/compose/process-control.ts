import type { OwnShortfall } from '../admin/self-check.ts';
import type { RunningAuditTrail } from '../audit/audit-trail.ts';
import type { ReloadCheck } from '../config/reload/reload.ts';
import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import { configurationName } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import type { ReloadableMetrics } from '../metrics/create-metrics.ts';
import type { FollowingStore } from '../state/state-store.ts';
import type { EndedSessions } from '../streams/ended-sessions.ts';
import type { StreamRegistry } from '../streams/stream-registry.ts';
import type { StreamWatch } from '../streams/watch-streams.ts';
import type { ProcessControl } from './program.ts';

/** What the process that speaks for several asks of this one. */
export function createProcessControl(parts: {
  readonly store: FollowingStore;
  readonly holder: Pick<SnapshotHolder, 'snapshot' | 'swap'>;
  readonly streamWatch: Pick<StreamWatch, 'settled' | 'refusedWithin'>;
  readonly ended: Pick<EndedSessions, 'streamsOf'>;
  readonly streams: Pick<StreamRegistry, 'count'>;
  readonly audit: RunningAuditTrail;
  readonly metrics: ReloadableMetrics;
  readonly shadow: ProcessControl['shadow'];
  readonly selfCheck: () => Promise<readonly OwnShortfall[]>;
  readonly adopt: ProcessControl['adopt'];
  /** What this process must be able to take up, and reads on the way. */
  readonly checks: readonly ReloadCheck[];
  readonly now: () => number;
}): ProcessControl {
  const { store, holder, audit, metrics, shadow, streams } = parts;
  const config = () => configurationName(holder.snapshot());
  return {
    catchUp: store.catchUp,
    adopt: parts.adopt,
    async prepare(next) {
      for (const check of parts.checks) {
        const { outcome, lines } = await check.run(next, holder.snapshot(), { trigger: 'admin' });
        if (outcome === 'blocked') throw new Fault('config_invalid', lines.join(' '));
      }
    },
    activate(next) {
      holder.swap(next);
      metrics.configLoaded(true, parts.now(), config());
    },
    settled: parts.streamWatch.settled,
    refusedWithin: parts.streamWatch.refusedWithin,
    streamsOf: parts.ended.streamsOf,
    async health() {
      return { shortfalls: await parts.selfCheck(), config: config(), streams: streams.count() };
    },
    values: metrics.values,
    flushAudit: audit.flush,
    decisions: audit.feed,
    shadow,
  };
}
