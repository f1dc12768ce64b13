import { type Dimension, labelCells, labelRows, type Sample, type ScrapedMetric } from './metric-table.ts';

/** Durations by row and cell, in buckets. */
export interface HistogramTable extends ScrapedMetric {
  /** Takes milliseconds in; seconds come out. */
  observe(row: number, cell: number, durationMs: number): void;
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly rows: Dimension | undefined;
  readonly columns: readonly Dimension[];
  /** Upper bounds in seconds, rising. */
  readonly bucketsSeconds: readonly number[];
  /** Whether a series is shown before its first value: costs a line for each bucket. */
  readonly isPreCreated: boolean;
}

/** Builds a histogram whose `observe` is a short walk over numbers: no label is touched before a scrape. */
export function createHistogramTable(options: HistogramOptions): HistogramTable {
  const { name, help, rows, columns, bucketsSeconds, isPreCreated } = options;
  const cells = labelCells(columns);
  const boundsMs = Float64Array.from(bucketsSeconds, (seconds) => seconds * 1000);
  // One series: a count for each bucket, one for what is beyond the last, and the sum in milliseconds.
  const width = boundsMs.length + 2;
  let values = new Float64Array(width * cells.length * Math.max(1, rows?.values.length ?? 1));

  function makeRoom(length: number): void {
    const larger = new Float64Array(length * 2);
    larger.set(values);
    values = larger;
  }

  function describe(labels: Readonly<Record<string, string>>, start: number): readonly Sample[] {
    const samples: Sample[] = [];
    let count = 0;
    for (const [bucket, seconds] of bucketsSeconds.entries()) {
      count += values[start + bucket] ?? 0;
      samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: seconds }, value: count });
    }
    count += values[start + bucketsSeconds.length] ?? 0;
    if (count === 0 && !isPreCreated) return [];
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
    samples.push({ metricName: `${name}_sum`, labels, value: (values[start + width - 1] ?? 0) / 1000 });
    samples.push({ metricName: `${name}_count`, labels, value: count });
    return samples;
  }

  return {
    name,
    help,
    type: 'histogram',
    observe(row, cell, durationMs) {
      const start = (row * cells.length + cell) * width;
      if (start + width > values.length) makeRoom(start + width);
      let bucket = 0;
      while (bucket < boundsMs.length && durationMs > (boundsMs[bucket] ?? 0)) bucket += 1;
      values[start + bucket] = (values[start + bucket] ?? 0) + 1;
      values[start + width - 1] = (values[start + width - 1] ?? 0) + durationMs;
    },
    samples: () =>
      labelRows(rows).flatMap((rowLabels, row) =>
        cells.flatMap((cellLabels, cell) =>
          describe({ ...rowLabels, ...cellLabels }, (row * cells.length + cell) * width),
        ),
      ),
  };
}
