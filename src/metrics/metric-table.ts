/** One label and every value that it can have. `rows` is the list that may grow (routes, providers). */
export interface Dimension {
  readonly label: string;
  readonly values: readonly string[];
}

/** One line of the exposition. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric as prom-client's registry asks for it at a scrape. */
export interface ScrapedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>;
}

/** Numbers by row and cell: adding is an array increment. */
export interface MetricTable extends ScrapedMetric {
  /** Adds to a cell. A row that is not there yet is made. */
  add(row: number, cell: number, amount: number): void;
  set(row: number, cell: number, value: number): void;
}

export interface TableOptions {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** The label whose values may grow; `undefined`: one row, without a label of its own. */
  readonly rows: Dimension | undefined;
  /** Closed labels; the cell's number counts through them, the last one fastest. */
  readonly columns: readonly Dimension[];
  /** Whether a cell is shown before it was counted. Default: each. */
  readonly isPreCreated?: (cell: number) => boolean;
}

/** Builds a counter or gauge over closed label sets. */
export function createMetricTable(options: TableOptions): MetricTable {
  const { name, help, type, rows, columns, isPreCreated = () => true } = options;
  const cells = labelCells(columns);
  let values = new Float64Array(cells.length * Math.max(1, rows?.values.length ?? 1));

  function makeRoom(row: number): void {
    if ((row + 1) * cells.length <= values.length) return;
    const larger = new Float64Array((row + 1) * 2 * cells.length);
    larger.set(values);
    values = larger;
  }

  return {
    name,
    help,
    type,
    add(row, cell, amount) {
      const index = row * cells.length + cell;
      if (index >= values.length) makeRoom(row);
      values[index] = (values[index] ?? 0) + amount;
    },
    set(row, cell, value) {
      makeRoom(row);
      values[row * cells.length + cell] = value;
    },
    samples() {
      const samples: Sample[] = [];
      for (const [row, rowLabels] of labelRows(rows).entries()) {
        for (const [cell, cellLabels] of cells.entries()) {
          const value = values[row * cells.length + cell] ?? 0;
          if (value === 0 && !isPreCreated(cell)) continue;
          samples.push({ labels: { ...rowLabels, ...cellLabels }, value });
        }
      }
      return samples;
    },
  };
}

/** The labels of each row as of now. */
export function labelRows(rows: Dimension | undefined): readonly Readonly<Record<string, string>>[] {
  return rows === undefined ? [{}] : rows.values.map((value) => ({ [rows.label]: value }));
}

/** The labels of each cell: every combination of the columns' values. */
export function labelCells(columns: readonly Dimension[]): readonly Readonly<Record<string, string>>[] {
  return columns.reduce<readonly Readonly<Record<string, string>>[]>(
    (cells, { label, values }) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [label]: value }))),
    [{}],
  );
}
