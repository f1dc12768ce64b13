import type { DeviceProvider, FactMapping } from '../../config/snapshot.ts';
import type { FactValue } from '../device-fact.ts';
import type { ListedDevice } from './listed-device.ts';

const longestText = 256;
/** How far ahead a provider's clock may be. */
const clockToleranceMs = 60_000;
const deviceIdShape = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,128}$/u;

/** What stands at a path; `undefined` where it leads nowhere. Own properties alone: a list cannot name what objects inherit. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = Reflect.get(current, name);
  }
  return current;
}

/**
 * Reads one item of a list. `no_device`: it has no usable id. Facts that are missing or of another type are left out, never
 * guessed. One whose age cannot be told, or that is of the future, has no facts at all.
 */
export function readItem(item: unknown, provider: DeviceProvider, readAtMs: number): ListedDevice | 'no_device' {
  const id = valueAt(item, provider.match);
  const deviceId = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id;
  if (typeof deviceId !== 'string' || !deviceIdShape.test(deviceId)) return 'no_device';
  const asOfMs = provider.asOf === undefined ? readAtMs : readTime(valueAt(item, provider.asOf));
  const facts = new Map<string, FactValue>();
  if (asOfMs === undefined || asOfMs > readAtMs + clockToleranceMs) return { deviceId, asOfMs: readAtMs, facts };
  for (const [name, mapping] of provider.facts) {
    const fact = readFact(valueAt(item, mapping.path), mapping);
    if (fact !== undefined) facts.set(name, fact);
  }
  return { deviceId, asOfMs: Math.min(asOfMs, readAtMs), facts };
}

function readFact(value: unknown, { type, equals }: FactMapping): FactValue | undefined {
  if (equals !== undefined) return isScalar(value) ? equals.includes(String(value)) : undefined;
  switch (type) {
    case undefined:
      return typeof value === 'boolean' || typeof value === 'number' ? finite(value) : shortText(value);
    case 'text':
      return shortText(value);
    case 'boolean':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      if (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value);
      return typeof value === 'number' ? finite(value) : undefined;
    case 'version':
      return readVersion(value);
    case 'date': {
      const atMs = readTime(value);
      return atMs === undefined ? undefined : new Date(atMs).toISOString();
    }
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function finite<Value>(value: Value): Value | undefined {
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longestText ? value : undefined;
}

/** The first version number in a text. A number that is not whole is none: 14.10 would have become 14.1. */
function readVersion(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  const text = shortText(value);
  return text === undefined ? undefined : /\d{1,15}(?:\.\d{1,15}){0,7}/.exec(text)?.[0];
}

/** What dates can be (ECMA-262 section 21.4.1.1). */
const latestMs = 8.64e15;
const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Epoch milliseconds of an ISO 8601 time (UTC where it names no zone) or of a number of seconds or milliseconds. */
function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') {
    const isTime = value > 0 && value <= latestMs;
    return isTime ? Math.floor(value < 1e11 ? value * 1000 : value) : undefined;
  }
  if (typeof value !== 'string' || !isoTime.test(value)) return undefined;
  const hasZone = !value.includes('T') || /(Z|[+-]\d\d:?\d\d)$/.test(value);
  const atMs = Date.parse(hasZone ? value : `${value}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}
