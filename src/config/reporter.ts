import type { SourcePosition } from '../decision/decision.ts';
import { type KeyPath, type Problem, type ProblemCode, pathKey, problemCatalogue } from './problem.ts';
import { type Places, spanAt } from './source/places.ts';
import type { SourceText, Span } from './source/source-text.ts';
import { spanInScalar } from './source/span-in-scalar.ts';

export interface ReportOptions {
  /** A function where finding the words takes time: it is asked only for problems that are told in full. */
  readonly help?: string | (() => string | undefined) | undefined;
  /** Points at the key in place of the value. */
  readonly on?: 'key' | 'value';
  /** Points at a part of the value, a text: offsets in the text as it was read, `value`. */
  readonly within?: { readonly value: string; readonly start: number; readonly end: number };
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
  /** True when an error was reported anywhere. */
  hasErrors(): boolean;
  /** In order of position. Past the first hundred errors and the first hundred warnings each is told by its place and the title of its code alone. */
  problems(): readonly Problem[];
}

/** Shorter values are words of many sentences. Secrets of any length are in no message in the first place. */
const shortestHidden = 8;

/** Nobody reads on from here, and the words of ten thousand problems (what was meant?) take minutes to find. */
const toldInFull = 100;

interface Noted {
  readonly span: Span;
  readonly code: ProblemCode;
  readonly message: string;
  readonly help: ReportOptions['help'];
}

/** Builds a reporter for one text. */
export function createReporter(source: SourceText, places: Places): Reporter {
  const noted: Noted[] = [];
  const failed = new Set<string>();
  let errors = 0;
  let hidden: readonly (readonly [value: RegExp, reference: string])[] = [];
  const scrub = (text: string) =>
    hidden.reduce((left, [value, reference]) => left.replace(value, () => reference), text);

  const add = (span: Span, code: ProblemCode, message: string, help: ReportOptions['help']) => {
    if (!isWarning(code)) errors += 1;
    noted.push({ span, code, message, help });
  };

  const tell = ({ span, code, message, help }: Noted, isInFull: boolean): Problem => {
    const words = isInFull ? (typeof help === 'function' ? help() : help) : undefined;
    return {
      code,
      severity: isWarning(code) ? 'warning' : 'error',
      at: source.position(span.start),
      message: isInFull ? scrub(message) : problemCatalogue[code].title,
      help: words === undefined ? undefined : scrub(words),
      frame: isInFull ? source.frame(span) : undefined,
    };
  };

  return {
    report: (path, code, message, options) => {
      if (!isWarning(code)) failed.add(pathKey(path));
      const span = spanAt(places, path, options?.on ?? 'value');
      const within = options?.within;
      add(within === undefined ? span : spanInScalar(source.text, span, within), code, message, options?.help);
    },
    reportSpan: (span, code, message, help) => add(span, code, message, help),
    hasError: (path) =>
      failed.size > 0 &&
      (path.some((_, index) => failed.has(pathKey(path.slice(0, index + 1)))) || failed.has(pathKey([]))),
    hasErrors: () => errors > 0,
    position: (path, on = 'value') => source.position(spanAt(places, path, on).start),
    hide: (values) => {
      hidden = [...values]
        .filter(([value]) => value.length >= shortestHidden)
        .toSorted(([one], [other]) => other.length - one.length)
        .map(([value, reference]) => [new RegExp(value.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi'), reference]);
    },
    problems: () => {
      const told = { error: 0, warning: 0 };
      return noted
        .toSorted((one, other) => one.span.start - other.span.start)
        .map((problem) => {
          const severity = isWarning(problem.code) ? 'warning' : 'error';
          told[severity] += 1;
          return tell(problem, told[severity] <= toldInFull);
        });
    },
  };
}

function isWarning(code: ProblemCode): boolean {
  return Number(code.slice(1)) >= 100;
}
