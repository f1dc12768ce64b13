import type { JsonSchemaNode } from '../json-schema-node.ts';
import type { KeyPath, ProblemCode } from '../problem.ts';
import type { ReportOptions } from '../reporter.ts';
import { showUnseen } from '../source/strange-character.ts';

/** One thing to say about one place. */
export interface Explanation extends ReportOptions {
  readonly path: KeyPath;
  readonly code: ProblemCode;
  readonly message: string;
}

/** What explaining needs to know about the file beside the issue. */
export interface IssueContext {
  /** The tree with references resolved. */
  readonly tree: unknown;
  readonly schema: JsonSchemaNode;
  /** How a value may be shown: quoted, or as the reference that it came from. */
  readonly show: (path: KeyPath) => string;
  readonly isHidden: (path: KeyPath) => boolean;
  /** Keys that a misspelled key probably stands for: they are not also called missing. */
  readonly meantKeys: Set<string>;
}

/** Values are quoted in messages as far as they fit a line. */
export function shorten(text: string): string {
  const clean = showUnseen(text.replace(/[\p{Cc}\u2028\u2029]/gu, ' '));
  return clean.length > 60 ? `${clean.slice(0, 57)}…` : clean;
}

/** The value at a path of plain data. */
export function valueAt(tree: unknown, path: KeyPath): unknown {
  let value = tree;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[part];
  }
  return value;
}
