import type { Sample } from './metric-table.ts';

/** What a registry shows, as values: plain data that can cross a process border. */
export type MetricValues = readonly {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly Sample[];
}[];
