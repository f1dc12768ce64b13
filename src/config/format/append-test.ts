import { isMap, isScalar, isSeq, type Node, parseDocument, stringify } from 'yaml';
import { formatYaml } from './format-yaml.ts';

/** A test as it is written, its keys in order. */
export type WrittenTest = Readonly<Record<string, unknown>>;

export type Appended =
  | { readonly outcome: 'appended'; readonly text: string }
  /** `why` is a sentence. */
  | { readonly outcome: 'refused'; readonly why: string };

/**
 * Adds a test at the end of `tests:` of a text, in the layout that the list there has; everything else stays as it is,
 * byte for byte. A text without `tests:` gets it at its end.
 */
export function appendTest(text: string, test: WrittenTest): Appended {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const document = parseDocument(text, { keepSourceTokens: true });
  const root = document.contents;
  if (document.errors.length > 0) return { outcome: 'refused', why: 'The text is not YAML.' };
  const pair = isMap(root) ? root.items.find(({ key }) => isScalar(key) && key.value === 'tests') : undefined;
  const value = pair?.value;
  if (pair === undefined) {
    const rest = text === '' || text.endsWith('\n') ? text : `${text}${newline}`;
    const gap = rest === '' || rest === '\ufeff' ? '' : newline;
    return { outcome: 'appended', text: `${rest}${gap}tests:${newline}${writeItem(test, 2, newline)}` };
  }
  if (isSeq(value) && value.flow !== true && value.items.length > 0) return insertAfter(text, value, test, newline);
  if (!isEmpty(value))
    return { outcome: 'refused', why: 'The tests stand in brackets: give each a line of its own (- name: …) first.' };
  const at = isNode(pair.key) ? (pair.key.range?.[1] ?? 0) : 0;
  const end = isNode(value) ? (value.range?.[1] ?? at) : at;
  const lineEnd = endOfLine(text, Math.max(at, end));
  const comment = text.slice(Math.max(at + 1, end), lineEnd).trim();
  const head = `${text.slice(0, at)}:${comment === '' ? '' : ` ${comment}`}`;
  return {
    outcome: 'appended',
    text: `${head}${newline}${writeItem(test, 2, newline)}${text.slice(lineEnd).replace(/^\r?\n/, '')}`,
  };
}

function insertAfter(text: string, list: Node & { items: unknown[] }, test: WrittenTest, newline: string): Appended {
  const last = list.items.at(-1);
  const end = isNode(last) ? (last.range?.[1] ?? text.length) : text.length;
  const start = list.range?.[0] ?? 0;
  const indent = start - (text.lastIndexOf('\n', start - 1) + 1);
  const lineEnd = text[end - 1] === '\n' ? end : endOfLine(text, end);
  const before = text.slice(0, lineEnd);
  const after = text.slice(lineEnd).replace(/^\r?\n/, '');
  const gap = before.endsWith('\n') ? '' : newline;
  return { outcome: 'appended', text: `${before}${gap}${writeItem(test, indent, newline)}${after}` };
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  if (at < 0) return text.length;
  return text[at - 1] === '\r' ? at - 1 : at;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

/** `tests:` with nothing behind it, or `tests: []`. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (isScalar(value)) return value.value === null;
  return isSeq(value) && value.items.length === 0;
}

/** Spaced as `postern fmt` does, so that a formatted file stays one. */
function writeItem(test: WrittenTest, indent: number, newline: string): string {
  const lines = Object.entries(test).map(
    ([key, value]) => `${key}: ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()}`,
  );
  const plain = `- ${lines.join('\n  ')}\n`;
  const formatted = formatYaml('', plain);
  const text = formatted.outcome === 'formatted' ? formatted.text : plain;
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}${newline}`)
    .join('');
}
