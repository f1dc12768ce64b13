import { foldText } from './fold-text.ts';

/** Requests with more layers of percent-encoding are refused before anybody compares them; a folded `％` may add some. */
const mostLayers = 8;

/**
 * The canonical path as the most careless server would read it: decoded until nothing is left to decode, in one case, width
 * and normal form, with the dot segments and backslashes resolved that come to light, without path parameters (`;x=1`,
 * as Java servers drop them) and without blanks or dots at the end of a segment (as Windows drops them). It is only ever
 * compared, for what must not be missed: a denial, or a stricter route below a laxer one (security-rules.md 17). What is
 * forwarded stays as it was matched.
 */
export function loosePath(canonicalPath: string): string {
  if (!isSuspect(canonicalPath)) return canonicalPath.toLowerCase();
  return spell(resolve(decodeAndFold(canonicalPath)));
}

/**
 * Every way in which a careless server could read the path, `loosePath` first. They differ where one reads on what another has
 * no eye for: a server that drops path parameters and knows no wide `／` drops `;／..;` as a whole, one that takes it for a
 * slash goes a folder up, and one that looks at the beginning alone stays where it is. Whatever counts has to hold for all of them.
 */
export function loosePaths(canonicalPath: string): readonly string[] {
  if (!isSuspect(canonicalPath)) return [canonicalPath.toLowerCase()];
  const once = decodeOnce(canonicalPath);
  const resolvedBefore = [canonicalPath, once, foldText(once), untilSettled(canonicalPath, decodeOnce)].map(resolve);
  const texts = [canonicalPath, ...resolvedBefore].map(decodeAndFold);
  return [...new Set([...texts.map(resolve), ...texts].map(spell))];
}

/** A piece of a path pattern between its stars, as `loosePath` spells paths, but with all that a path would lose. */
export function foldPath(piece: string): string {
  return /[%*]/.test(piece) ? spell(decodeAndFold(piece)) : piece.toLowerCase();
}

/** A whole glob, each piece between its stars as `foldPath` spells it. */
export function foldGlob(glob: string): string {
  return glob.split('*').map(foldPath).join('*');
}

let lastPath = '';
let lastReadings: readonly string[] = [];

/**
 * What a denial is compared with: the path without regard to case, as it is and decoded, and its loose readings with and
 * without a slash at the end. Each once. The last answer is remembered, because all denials of a request ask the same.
 */
export function readingsOf(canonicalPath: string): readonly string[] {
  if (canonicalPath === lastPath) return lastReadings;
  const readings = new Set([canonicalPath.toLowerCase(), foldPath(canonicalPath)]);
  for (const loose of loosePaths(canonicalPath)) {
    readings.add(loose);
    if (loose.length > 1 && loose.endsWith('/')) readings.add(loose.slice(0, -1));
  }
  lastPath = canonicalPath;
  lastReadings = [...readings];
  return lastReadings;
}

function isSuspect(path: string): boolean {
  return /[;%*]|\.(?:\/|$)/.test(path);
}

function decodeAndFold(path: string): string {
  return untilSettled(path, (text) => foldText(decodeOnce(text)));
}

function untilSettled(path: string, step: (text: string) => string): string {
  let text = path;
  for (let layer = 0; layer < mostLayers; layer += 1) {
    const next = step(text);
    if (next === text) break;
    text = next;
  }
  return text;
}

/** As lenient decoders do: an escape that is none stays, bytes that are not UTF-8 are Latin-1. */
function decodeOnce(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1');
    }
  });
}

function resolve(text: string): string {
  const segments = text.replace(/^[/\\]/, '').split(/[/\\]/);
  const kept: string[] = [];
  for (const segment of segments) {
    const bare = segment.replace(/;.*$/s, '').trimEnd();
    if (bare.trimStart() === '..') kept.pop();
    else kept.push(bare.replace(/[\s.]+$/, ''));
  }
  return `/${kept.filter((segment, index) => segment !== '' || index === kept.length - 1).join('/')}`;
}

/** Back to the spelling of paths, so that what was decoded is no separator and no star. */
function spell(text: string): string {
  return text.replace(/[^a-z0-9\-._~!$&'()+,;=:@/]+/g, (run) =>
    encodeURIComponent(run.toWellFormed()).replaceAll('*', '%2A').toLowerCase(),
  );
}
