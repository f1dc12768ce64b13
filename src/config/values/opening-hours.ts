import { createRequire } from 'node:module';
import { accept, type Parsed, refuse } from './parsed.ts';

const require = createRequire(import.meta.url);

/** Reads a time of day to minutes since midnight; `24:00` is the day's end. */
export function parseTimeOfDay(text: string): Parsed<number> {
  const match = /^([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(text);
  if (match !== null) return accept(Number(match[1]) * 60 + Number(match[2]));
  if (text === '24:00') return accept(24 * 60);
  return refuse(
    'P048',
    'is not a time of day',
    'write hours and minutes, for example "07:00"; the end of the day is "24:00"',
  );
}

/** Checks the name of a zone against the IANA database that this Node has. */
export function parseZone(text: string): Parsed<string> {
  const isName = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text);
  // Loaded where a configuration has a zone: few have.
  const { IANAZone }: typeof import('luxon') = require('luxon');
  if (isName && IANAZone.isValidZone(text)) return accept(text);
  return refuse('P048', 'is not a time zone', 'write a name of the IANA database, for example Europe/Berlin or UTC');
}
