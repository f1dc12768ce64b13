import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { ScrapedMetric } from './metric-table.ts';

// promtool calls these gauges wrongly named: `_total` belongs to counters.
const unlintable = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** The registry of this program: ours beside `process_*` and `nodejs_*`. */
export function createRegistry(
  metrics: readonly ScrapedMetric[],
  options: { readonly hasProcessMetrics: boolean },
): Registry {
  const registry = new Registry();
  for (const metric of metrics) {
    const scraped = {
      name: metric.name,
      help: metric.help,
      async get() {
        const { name, help, type } = metric;
        return { name, help, type, values: await metric.samples(), aggregator: 'sum' };
      },
    };
    // The registry asks a metric for no more than its name and get(); its types want prom-client's own classes.
    registry.registerMetric(scraped as unknown as Metric);
  }
  if (options.hasProcessMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of unlintable) registry.removeSingleMetric(name);
  }
  return registry;
}
