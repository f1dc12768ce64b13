import { isRecord } from '../../config/is-record.ts';

/** The texts of a value that may be one or a list, or one text with commas. Numbers and the like become text. */
export function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item));
  if (typeof value === 'string')
    return value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}

/** The texts of a value that may be one or a list; commas are a part of a text. */
export function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => linesOf(item));
  return typeof value === 'string' && value !== '' ? [value] : [];
}

/** One line of text; `undefined` for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && !/[\p{Cc}\u2028\u2029]/u.test(value) ? value : undefined;
}

/** A list as it is, one value as a list of it, nothing as an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** A map as it is, anything else as an empty one. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** True for `true` and for the text `"true"`, as flags are often written. */
export function isOn(value: unknown, absent = false): boolean {
  if (value === undefined || value === null) return absent;
  return value === true || value === 'true' || value === '1' || value === 1;
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  M: 2_592_000,
  y: 31_536_000,
};

/** `1h30m`, `90s`, `3600` (seconds), `1 hour`, in Postern's spelling; `undefined` where it is none of them or out of range. */
export function durationOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? `${value}s` : typeof value === 'string' ? value.replace(/\s+/g, '') : '';
  const whole = /^\d+$/.test(text) ? `${text}s` : text;
  if (!/^(?:\d+(?:\.\d+)?[a-zA-Z]+)+$/.test(whole)) return undefined;
  let seconds = 0;
  for (const [, number, word = ''] of whole.matchAll(/(\d+(?:\.\d+)?)([a-zA-Z]+)/g)) {
    const unit = /^(?:second|minute|hour|day|week|month|year)s?$/.test(word)
      ? word.startsWith('month')
        ? 'M'
        : word.charAt(0)
      : word;
    const worth = unitSeconds[unit];
    if (worth === undefined) return undefined;
    seconds += Number(number) * worth;
  }
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_650 * 86_400) return undefined;
  for (const unit of ['d', 'h', 'm'] as const) {
    const worth = unitSeconds[unit] ?? 1;
    if (seconds % worth === 0) return `${seconds / worth}${unit}`;
  }
  return `${seconds}s`;
}

/** The origin of an upstream, and the path behind it; `undefined` for what is no http(s) address. */
export function upstreamOf(text: string): { readonly origin: string; readonly path: string } | undefined {
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.hostname === '') return undefined;
  return { origin: `${url.protocol}//${url.host}`, path: url.pathname };
}
