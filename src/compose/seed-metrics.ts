import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readCertificateEnds } from '../server/certificates-check.ts';

/** What a configuration names: the closed sets of the metrics' labels. */
export function metricNamesOf(snapshot: Snapshot) {
  const checks = [...snapshot.postures.values()].flatMap((posture) => posture.require.map((one) => one.check));
  const conditionRules = snapshot.routes.flatMap(rulesWithCondition).slice(0, mostConditionRules);
  return {
    conditionRules,
    routes: snapshot.routes,
    providers: [...snapshot.providers.keys()],
    postureChecks: [...new Set(checks)],
    postureProviders: ['none', 'self', 'admin', ...(snapshot.deviceProviders ?? []).map(({ id }) => id)],
  };
}

/** More would make a scrape slow; failures of the rest are counted together, and the log names each. */
const mostConditionRules = 1_000;

function rulesWithCondition({ name, policy }: Route): readonly string[] {
  const grants = policy.grants.filter(({ when, segment }) => (when ?? segment?.keys.when) !== undefined);
  const denials = policy.denials.filter(({ when }) => when !== undefined);
  return [...grants, ...denials].map(({ id }) => `${name}/${id}`);
}

/** Tells the metrics what a configuration holds. */
export function showConfiguration(snapshot: Snapshot, metrics: Pick<Metrics, 'certificateSeen' | 'rulesInMode'>): void {
  showCertificates(snapshot, metrics);
  showRuleModes(snapshot, metrics);
}

/** Tells the metrics how many rules of a configuration are in which mode. */
function showRuleModes(snapshot: Snapshot, metrics: Pick<Metrics, 'rulesInMode'>): void {
  const counts = { off: 0, report_only: 0, partial: 0, enforce: 0 };
  for (const { policy } of snapshot.routes) {
    counts.off += policy.rulesOff ?? 0;
    for (const { mode } of policy.grants) counts[mode ?? 'enforce'] += 1;
    for (const { mode } of policy.denials) counts[mode ?? 'enforce'] += 1;
  }
  for (const mode of ['off', 'report_only', 'partial', 'enforce'] as const) metrics.rulesInMode(mode, counts[mode]);
}

/** Tells the metrics when each certificate of the listeners runs out. */
function showCertificates(snapshot: Snapshot, metrics: Pick<Metrics, 'certificateSeen'>): void {
  for (const { names, notAfterMs } of readCertificateEnds(snapshot.server.tls)) {
    for (const name of names) metrics.certificateSeen(name, notAfterMs);
  }
}
