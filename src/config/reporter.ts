import type { SourcePosition } from '../decision/decision.ts';
import { type KeyPath, type Problem, type ProblemCode, pathKey } from './problem.ts';
import type { Tree } from './source/read-tree.ts';
import type { SourceText, Span } from './source/source-text.ts';

export interface ReportOptions {
  readonly help?: string | undefined;
  /** Points at the key in place of the value. */
  readonly on?: 'key' | 'value';
}

/** Collects what is wrong, with positions. Codes from P100 on are warnings. */
export interface Reporter {
  report(path: KeyPath, code: ProblemCode, message: string, options?: ReportOptions): void;
  reportSpan(span: Span, code: ProblemCode, message: string, help?: string): void;
  /** True when something at this path or above it was reported as an error: what follows from it is not said again. */
  hasError(path: KeyPath): boolean;
  position(path: KeyPath, on?: 'key' | 'value'): SourcePosition;
  /** From now on messages show the reference where they would show a value that came from it. */
  hide(values: ReadonlyMap<string, string>): void;
  /** In order of position. */
  problems(): readonly Problem[];
}

/** Shorter values are words of many sentences. Secrets of any length are in no message in the first place. */
const shortestHidden = 8;

/** Builds a reporter for one text. */
export function createReporter(source: SourceText, places: Tree['places']): Reporter {
  const problems: Problem[] = [];
  const failed = new Set<string>();
  let hidden: readonly (readonly [value: RegExp, reference: string])[] = [];
  const scrub = (text: string) =>
    hidden.reduce((left, [value, reference]) => left.replace(value, () => reference), text);

  const spanOf = (path: KeyPath, on: 'key' | 'value'): Span => {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(pathKey(path.slice(0, length)));
      if (place === undefined) continue;
      const isWhole = length === path.length;
      return isWhole && on === 'value' ? place.value : (place.key ?? place.value);
    }
    return { start: 0, end: 1 };
  };

  const add = (span: Span, code: ProblemCode, message: string, help: string | undefined) => {
    problems.push({
      code,
      severity: isWarning(code) ? 'warning' : 'error',
      at: source.position(span.start),
      message: scrub(message),
      help: help === undefined ? undefined : scrub(help),
      frame: source.frame(span),
    });
  };

  return {
    report: (path, code, message, options) => {
      if (!isWarning(code)) failed.add(pathKey(path));
      add(spanOf(path, options?.on ?? 'value'), code, message, options?.help);
    },
    reportSpan: (span, code, message, help) => add(span, code, message, help),
    hasError: (path) =>
      path.some((_, index) => failed.has(pathKey(path.slice(0, index + 1)))) || failed.has(pathKey([])),
    position: (path, on = 'value') => source.position(spanOf(path, on).start),
    hide: (values) => {
      hidden = [...values]
        .filter(([value]) => value.length >= shortestHidden)
        .toSorted(([one], [other]) => other.length - one.length)
        .map(([value, reference]) => [new RegExp(value.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi'), reference]);
    },
    problems: () => problems.toSorted((one, other) => one.at.line - other.at.line || one.at.column - other.at.column),
  };
}

function isWarning(code: ProblemCode): boolean {
  return Number(code.slice(1)) >= 100;
}
