import { createRequire } from 'node:module';
import type { Metric, Registry } from 'prom-client';
import type { ScrapedMetric } from './metric-table.ts';
import type { MetricValues } from './metric-values.ts';

const require = createRequire(import.meta.url);

/** Loaded for the first scrape: it brings much along, and a program without an admin listener is never asked. */
const promClient = (): typeof import('prom-client') => require('prom-client');

// promtool calls these gauges wrongly named: `_total` belongs to counters.
const unlintable = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** The registry of this program: ours beside `process_*` and `nodejs_*`. */
export function createRegistry(
  metrics: readonly ScrapedMetric[],
  options: { readonly hasProcessMetrics: boolean },
): Registry {
  const { collectDefaultMetrics, Registry } = promClient();
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

/** The values of a registry as of now. */
export async function readValues(registry: Registry): Promise<MetricValues> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type),
    values: values as MetricValues[number]['values'],
  }));
}

/** The text of /metrics for values that were gathered elsewhere. */
export async function exposeValues(
  values: MetricValues,
): Promise<{ readonly contentType: string; readonly body: string }> {
  const { Registry } = promClient();
  const registry = new Registry();
  for (const metric of values) {
    const gathered = { name: metric.name, get: async () => ({ ...metric, aggregator: 'sum' }) };
    registry.registerMetric(gathered as unknown as Metric);
  }
  return { contentType: registry.contentType, body: await registry.metrics() };
}
