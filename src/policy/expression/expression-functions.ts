import type { ASTNode } from '@marcbachmann/cel-js';
import { failed, isList, isMap, type Outcome, TimeSpan, type Value } from './outcome.ts';
import { StepMeter, textSteps } from './step-meter.ts';

type ExpressionFunction = (args: readonly Value[], meter: StepMeter) => Outcome;

const wrongType = failed('A function was given a value of another type.');
const noNumber = failed('A text is not a number.');
const outOfRange = failed('A number is out of range.');

/** Longer texts are no numbers, times or spans. */
const longestConverted = 64;
const least = -9_223_372_036_854_775_808n;
const most = 9_223_372_036_854_775_807n;

/** Whole numbers have 64 bits. */
export function asInt(value: bigint): Outcome {
  return value >= least && value <= most ? value : outOfRange;
}

/** `reads`: all of the text, or no more of it than the part is long. */
function textFunction(reads: 'all' | 'part', read: (text: string, part: string) => boolean): ExpressionFunction {
  return ([text, part], meter) => {
    if (typeof text !== 'string' || typeof part !== 'string') return wrongType;
    meter.charge(textSteps(reads === 'all' ? text.length + part.length : part.length));
    return read(text, part);
  };
}

function changedText(change: (text: string) => string): ExpressionFunction {
  return ([text], meter) => {
    if (typeof text !== 'string') return wrongType;
    const changed = change(text);
    meter.charge(textSteps(text.length) + textSteps(changed.length));
    return changed;
  };
}

/** What rules can call, beside `has` and the loops. A method is given what stands before its dot as the first argument. */
export const expressionFunctions: Readonly<Record<string, ExpressionFunction>> = {
  size: ([value], meter) => {
    if (typeof value === 'string') {
      meter.charge(textSteps(value.length));
      return BigInt(codePoints(value));
    }
    if (value === undefined) return wrongType;
    if (isList(value)) return BigInt(value.length);
    if (!isMap(value)) return wrongType;
    const { length } = Object.keys(value);
    meter.charge(length);
    return BigInt(length);
  },
  startsWith: textFunction('part', (text, part) => text.startsWith(part)),
  endsWith: textFunction('part', (text, part) => text.endsWith(part)),
  contains: textFunction('all', (text, part) => text.includes(part)),
  lowerAscii: changedText((text) => text.toLowerCase()),
  upperAscii: changedText((text) => text.toUpperCase()),
  trim: changedText((text) => text.trim()),
  int: ([value]) => {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? asInt(BigInt(Math.trunc(value))) : outOfRange;
    if (typeof value !== 'string') return wrongType;
    return /^[+-]?\d{1,19}$/.test(value) ? asInt(BigInt(value)) : noNumber;
  },
  double: ([value]) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'string') return wrongType;
    const isNumber = value.length <= longestConverted && /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(value);
    return isNumber ? Number(value) : noNumber;
  },
  string: ([value]) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number') return `${value}`;
    return wrongType;
  },
  bool: ([value]) => {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'string') return wrongType;
    if (/^(1|t|true|TRUE|True)$/.test(value)) return true;
    return /^(0|f|false|FALSE|False)$/.test(value) ? false : failed('A text is neither true nor false.');
  },
  duration: ([value]) => (typeof value === 'string' ? parseSpan(value) : wrongType),
  timestamp: ([value]) => {
    if (typeof value === 'bigint') return timeAt(Number(value) * 1_000);
    if (typeof value !== 'string') return wrongType;
    const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value);
    return timeAt(isTime ? Date.parse(value) : Number.NaN);
  },
};

const noSteps = new StepMeter();

/** A time or a span that is written out, `duration("15m")`; `undefined` for any other call. */
export function readLiteral(name: string, args: readonly ASTNode[]): Outcome | undefined {
  const [literal] = args;
  if (name !== 'duration' && name !== 'timestamp') return undefined;
  if (literal?.op !== 'value' || typeof literal.args !== 'string') return undefined;
  return expressionFunctions[name]?.([literal.args], noSteps);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function timeAt(ms: number): Outcome {
  return ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999
    ? new Date(ms)
    : failed('A text is not a time such as 2026-01-05T10:00:00Z.');
}

const unitNanos: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

/** `90m`, `1h30m`, `-1.5s`: Go's notation, which is CEL's. */
function parseSpan(text: string): Outcome {
  const none = failed('A text is not a duration such as 15m.');
  const [, sign, parts] =
    /^([+-]?)((?:\d+(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text.slice(0, longestConverted + 1)) ?? [];
  if (parts === undefined || text.length > longestConverted) return none;
  let nanos = 0n;
  for (const [, whole = '0', fraction = '', unit = ''] of parts.matchAll(/(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g)) {
    const one = unitNanos[unit] ?? 0n;
    nanos += BigInt(whole) * one + (BigInt(fraction.padEnd(9, '0')) * one) / 1_000_000_000n;
  }
  return new TimeSpan(sign === '-' ? -nanos : nanos);
}
