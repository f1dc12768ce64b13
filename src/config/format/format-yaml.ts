import { isDeepStrictEqual } from 'node:util';
import { Parser } from 'yaml';
import type { Problem } from '../problem.ts';
import { createReporter } from '../reporter.ts';
import { explainSyntax } from '../source/explain-syntax.ts';
import { createPlaces, emptyPlaceTable } from '../source/places.ts';
import { type ReadYaml, readYamlAtOnce } from '../source/read-yaml.ts';
import { createSourceText } from '../source/source-text.ts';
import { layOutLines } from './lay-out-lines.ts';
import { moveLines } from './move-lines.ts';
import { spaceTokens } from './space-tokens.ts';

export type Formatted =
  | { readonly outcome: 'formatted'; readonly text: string }
  /** Nothing is said about the format of a text that cannot be read, or that formatting would harm. */
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** Formatting what was formatted must change nothing; more rounds than this never end. */
const mostRounds = 4;

/**
 * Writes a configuration the one way that Postern writes it: two spaces a level, lists inside their key, one blank line
 * at most, `{ a: b }` and `[a, b]`, a newline at the end. Comments, quotes, order and anchors stay as they are, and where they are. What
 * comes out means the same, has every comment, and would come out again; a text for which that fails is refused.
 * @param file named in problems
 */
export function formatYaml(file: string, text: string): Formatted {
  const before = read(file, text);
  if (!before.ok) return { outcome: 'refused', problems: before.problems };
  let current = before;
  for (let round = 0; round < mostRounds; round += 1) {
    const next = read(file, write(current.text));
    if (!next.ok || !isSame(before, next)) break;
    if (next.text === current.text) return { outcome: 'formatted', text: next.text };
    current = next;
  }
  const reporter = createReporter(createSourceText(file, text), createPlaces(emptyPlaceTable));
  reporter.reportSpan(
    { start: 0, end: 1 },
    'P036',
    'the text cannot be formatted without changing what it means or losing a comment',
    'put comments on lines of their own, and keep each map and list either in braces or in lines',
  );
  return { outcome: 'refused', problems: reporter.problems() };
}

interface Readable {
  readonly ok: true;
  readonly text: string;
  readonly yaml: ReadYaml;
  readonly comments: readonly string[];
}

function read(file: string, text: string): Readable | { readonly ok: false; readonly problems: readonly Problem[] } {
  const source = createSourceText(file, text);
  const yaml = readYamlAtOnce(source, explainSyntax);
  if (!yaml.isBroken) return { ok: true, text, yaml, comments: commentsOf(text) };
  const reporter = createReporter(source, createPlaces(emptyPlaceTable));
  for (const { span, code, message, help } of yaml.problems) reporter.reportSpan(span, code, message, help);
  return { ok: false, problems: reporter.problems() };
}

function write(text: string): string {
  const plain = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const tokens = [...new Parser().parse(plain)];
  // Spacing adds and removes no line, so the layout of the lines holds after it.
  return moveLines(spaceTokens(plain, tokens), layOutLines(plain, tokens));
}

function isSame(one: Readable, other: Readable): boolean {
  const problemsOf = ({ yaml }: Readable) => yaml.problems.map(({ code, message }) => [code, message]);
  return (
    isDeepStrictEqual(one.yaml.value, other.yaml.value) &&
    isDeepStrictEqual(problemsOf(one), problemsOf(other)) &&
    isDeepStrictEqual(one.comments, other.comments)
  );
}

/** Every comment of a text, in an order that does not depend on where it stands. */
function commentsOf(text: string): readonly string[] {
  const comments: string[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) collect(item);
    else if (typeof value === 'object' && value !== null) {
      if (Reflect.get(value, 'type') === 'comment') comments.push(String(Reflect.get(value, 'source')).trim());
      for (const item of Object.values(value)) collect(item);
    }
  };
  for (const token of new Parser().parse(text)) collect(token);
  return comments.toSorted();
}
