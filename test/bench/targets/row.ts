/** How a figure is to be. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the table of targets. */
export interface Figure {
  readonly what: string;
  readonly figure: number;
  /** Written after the number. Default: none, as of a ratio. */
  readonly unit?: string;
  /** Absent: it stands beside the others to compare. */
  readonly bound?: Bound;
  /** What it was made of. */
  readonly from: string;
}

/** A line that could not be measured here, and why. */
export interface LeftOut {
  readonly what: string;
  readonly leftOut: string;
}

/** What a run was told. */
export interface RunOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Sessions in use, where many are. */
  readonly inUse: number;
  /** Sessions stored, where more are stored than in use. */
  readonly stored: number;
  readonly sockets: number;
  readonly replays: number;
  /** Tells whoever waits how far it is. */
  readonly say: (progress: string) => void;
}

/** Lines of the table that are measured together. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  measure(options: RunOptions): Promise<readonly (Figure | LeftOut)[]>;
}

/** The middle one of them. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** As the table shows it: figure, target, whether that is reached, what it was made of. */
export function tableLine(line: Figure | LeftOut): string {
  if ('leftOut' in line) return `| ${line.what} | - | - | left out | ${line.leftOut} |`;
  const { what, figure, unit = '', bound, from } = line;
  return `| ${what} | ${readable(figure)}${unit} | ${target(bound, unit)} | ${verdict(figure, bound)} | ${from} |`;
}

function target(bound: Bound | undefined, unit: string): string {
  if (bound === undefined) return '-';
  return 'atMost' in bound ? `≤ ${bound.atMost}${unit}` : `≥ ${bound.atLeast}${unit}`;
}

function verdict(figure: number, bound: Bound | undefined): string {
  if (bound === undefined) return '-';
  const [isReached, aim] =
    'atMost' in bound ? [figure <= bound.atMost, bound.atMost] : [figure >= bound.atLeast, bound.atLeast];
  if (isReached) return 'reached';
  const share = aim === 0 ? '' : ` (${Math.abs((figure / aim - 1) * 100).toFixed(0)} %)`;
  return `**missed by ${readable(Math.abs(figure - aim))}${share}**`;
}

function readable(number: number): string {
  return number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);
}
