import type { CST } from 'yaml';
import { findLineStarts, lineIndexAt } from '../source/source-text.ts';

/** Where the lines of a text should begin. Lines count from 0. */
export interface Layout {
  /** Columns of the lines that begin with a key or a dash. */
  readonly columns: ReadonlyMap<number, number>;
  /** Every key and dash of a line: its column now, and what it becomes. */
  readonly levels: ReadonlyMap<number, readonly Level[]>;
  /** Lines that belong to a value that began above: moved as a whole, never reworded. */
  readonly inner: ReadonlyMap<number, Inner>;
}

export interface Level {
  readonly from: number;
  readonly to: number;
}

export interface Inner {
  /** What is added to the column. */
  readonly shift: number;
  /** The least column that the line may have. */
  readonly least: number;
  /** `text`: part of a text, blank lines in it count. */
  readonly kind: 'text' | 'collection';
}

const step = 2;

/** Works out the columns of a text whose tokens these are: two spaces a level, lists inside their key. */
export function layOutLines(text: string, tokens: readonly CST.Token[]): Layout {
  const starts = findLineStarts(text);
  const columns = new Map<number, number>();
  const levels = new Map<number, Level[]>();
  const inner = new Map<number, Inner>();

  const lineOf = (offset: number) => lineIndexAt(starts, offset);
  const columnOf = (offset: number) => offset - (starts[lineOf(offset)] ?? 0);
  const indentOf = (line: number) => /^ */.exec(text.slice(starts[line], starts[line + 1]))?.[0].length ?? 0;

  const begin = (offset: number, column: number) => {
    const line = lineOf(offset);
    if (indentOf(line) === columnOf(offset)) columns.set(line, column);
    levels.set(line, [...(levels.get(line) ?? []), { from: columnOf(offset), to: column }]);
  };

  const visitEntries = (collection: CST.BlockMap | CST.BlockSequence, column: number) => {
    for (const item of collection.items) {
      const first = item.start.find(({ type }) => !isTrivia(type));
      const offset = first?.offset ?? item.key?.offset;
      if (offset !== undefined) begin(offset, column);
      if (item.key) visitValue(item.key, column);
      if (item.value) visitValue(item.value, column);
    }
  };

  const visitValue = (value: CST.Token, column: number) => {
    switch (value.type) {
      case 'block-map':
      case 'block-seq':
        visitEntries(value, column + step);
        break;
      case 'block-scalar':
        moveBlockText(value, column);
        break;
      case 'flow-collection':
        moveRest(value.offset, endOfFlow(value), column, 'collection');
        break;
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        if ('source' in value) moveRest(value.offset, value.offset + value.source.length, column, 'text');
        break;
      default:
        break;
    }
  };

  const moveRest = (start: number, end: number, column: number, kind: Inner['kind']) => {
    const firstLine = lineOf(start);
    if (indentOf(firstLine) === columnOf(start) && !columns.has(firstLine)) columns.set(firstLine, column + step);
    const shift = (columns.get(firstLine) ?? column) - indentOf(firstLine);
    const lastLine = lineOf(Math.max(start, end - 1));
    for (let line = firstLine + 1; line <= lastLine; line += 1) {
      inner.set(line, { shift, least: column + step, kind });
    }
  };

  const moveBlockText = (scalar: CST.BlockScalar, column: number) => {
    const header = scalar.props.find((prop): prop is CST.SourceToken => prop.type === 'block-scalar-header');
    if (header === undefined) return;
    const firstLine = lineOf(header.offset) + 1;
    const { source } = scalar;
    // Blank lines at the end count only where the header keeps them.
    const written = source.replace(header.source.includes('+') ? /\n$/ : /\s+$/, '');
    const count = source === '' ? 0 : written.split('\n').length;
    const isExplicit = /\d/.test(header.source);
    const filled = source.split('\n').find((line) => line.trim() !== '');
    const now = /^ */.exec(filled ?? '')?.[0].length ?? 0;
    // With an indicator the text's own blanks are counted from its key: it moves as its key does.
    const parent = levels.get(lineOf(header.offset))?.at(-1);
    const shift = isExplicit ? (parent === undefined ? 0 : parent.to - parent.from) : column + step - now;
    for (let line = firstLine; line < firstLine + count; line += 1) inner.set(line, { shift, least: 0, kind: 'text' });
  };

  for (const token of tokens) {
    if (token.type !== 'document' || !token.value) continue;
    if (token.value.type === 'block-map' || token.value.type === 'block-seq') visitEntries(token.value, 0);
    else visitValue(token.value, -step);
  }
  return { columns, levels, inner };
}

function isTrivia(type: string): boolean {
  return type === 'space' || type === 'comment' || type === 'newline';
}

/** Just after the closing bracket. */
export function endOfFlow(flow: CST.FlowCollection): number {
  const closing = flow.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
  return closing === undefined ? flow.offset : closing.offset + closing.source.length;
}
