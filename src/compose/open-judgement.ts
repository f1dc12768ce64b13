import { createConditionFailures } from '../access/condition-failures.ts';
import { createJudge, type JudgeDependencies } from '../access/create-judge.ts';
import type { Judge } from '../access/judge.ts';
import { createLocks, type Locks } from '../locks/create-locks.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createShadow } from '../preview/shadow.ts';
import type { StateStore } from '../state/state-store.ts';
import type { ComposeOptions } from './program.ts';
import type { SettableShadow } from './reloading.ts';

export interface JudgementParts extends Pick<JudgeDependencies, 'devices' | 'risk'> {
  readonly store: StateStore;
  readonly metrics: Metrics;
  readonly log: ComposeOptions['log'];
  readonly now: () => number;
}

/** The judge, the locks that it asks first, and the shadow that it is compared with. */
export function openJudgement({ devices, risk, store, metrics, log, now }: JudgementParts): {
  readonly locks: Locks;
  readonly judge: Judge;
  readonly shadow: ReturnType<typeof createShadow> & SettableShadow;
} {
  const locks = createLocks({ store, now });
  const judge = createJudge({
    devices,
    risk,
    locks,
    onConditionFailure: createConditionFailures({ metrics, log, now }),
    onFault(part, fault, decisionId) {
      metrics.failedClosed(part);
      log.error({ err: fault, part, decision_id: decisionId }, 'A decision failed closed.');
    },
  });
  const shadow = createShadow({
    judge: createJudge({ devices, risk, locks }),
    metrics,
    onDifference: ({ decisionId, shadowOutcome, shadowReason, ...difference }) =>
      log.info(
        { decision_id: decisionId, ...difference, shadow_outcome: shadowOutcome, shadow_reason: shadowReason },
        'The shadow configuration would have decided otherwise.',
      ),
    now,
  });
  return { locks, judge, shadow };
}
