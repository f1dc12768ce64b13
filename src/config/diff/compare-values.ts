import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../is-record.ts';
import type { KeyPath } from '../problem.ts';
import { isSecretPath } from '../resolve-references.ts';
import { looksSecret } from '../source/secret-keys.ts';
import { childOf } from './list-entities.ts';

/** A key with what stood there and what stands there, as it was written; `undefined` where there is nothing. */
export interface KeyChange {
  /** With dots: `rollout.percent`; empty for a thing that is one value, such as a network. */
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A value as it was parsed, beside the text that it was parsed from. */
export interface Side {
  readonly parsed: unknown;
  readonly written: unknown;
}

const longestText = 120;

/** The keys whose meaning differs. @param path where the things stand: tells which keys are secret. */
export function compareValues(before: Side, after: Side, path: KeyPath): readonly KeyChange[] {
  const changes: KeyChange[] = [];
  const visit = (was: Side, is: Side, keys: readonly string[]): void => {
    if (isSame(was, is)) return;
    if (isMap(was) && isMap(is)) {
      const names = new Set([...namesOf(was.parsed), ...namesOf(is.parsed)]);
      for (const name of [...names].sort()) visit(inside(was, name), inside(is, name), [...keys, name]);
      return;
    }
    const isSecret = isSecretPath([...path, ...keys]) || keys.some(looksSecret);
    const [old, now] = [textOf(was, isSecret), textOf(is, isSecret)];
    // The same words with another meaning: what a reference stands for has changed.
    const after = old === now && now !== undefined ? `${now} (another value)` : now;
    changes.push({ key: keys.join('.'), before: old, after });
  };
  visit(before, after, []);
  return changes;
}

/** What is written of one thing, key by key: for what was added or removed. */
export function listWritten({ parsed, written }: Side, path: KeyPath): readonly { key: string; text: string }[] {
  const found: { key: string; text: string }[] = [];
  const isListed = typeof path.at(-1) === 'number';
  const visit = (side: Side, keys: readonly string[]): void => {
    if (side.parsed === undefined || side.written === undefined) return;
    if (isMap(side)) {
      for (const name of namesOf(side.parsed)) visit(inside(side, name), [...keys, name]);
      return;
    }
    const key = keys.join('.');
    // Told already, where the thing goes by it.
    if (isListed && (key === 'id' || key === 'name')) return;
    const isSecret = isSecretPath([...path, ...keys]) || keys.some(looksSecret);
    found.push({ key, text: textOf(side, isSecret) ?? '' });
  };
  visit({ parsed, written }, []);
  return found;
}

function inside({ parsed, written }: Side, name: string): Side {
  return { parsed: childOf(parsed, name), written: childOf(written, name) };
}

function namesOf(value: unknown): readonly string[] {
  return isRecord(value) ? Object.keys(value) : [];
}

/** A map that the file has (or leaves to defaults), and not a text that was parsed to an object, such as a URL. */
function isMap({ parsed, written }: Side): boolean {
  if (written !== undefined && !isRecord(written)) return false;
  return parsed === undefined || (isRecord(parsed) && Object.getPrototypeOf(parsed) === Object.prototype);
}

function isSame(was: Side, is: Side): boolean {
  return isDeepStrictEqual(was.parsed, is.parsed) || isDeepStrictEqual(comparable(was.parsed), comparable(is.parsed));
}

/** A list of one is as good as the one, an empty list as none, and no list of the configuration means another thing in another order. */
function comparable(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length === 0) return undefined;
  if (value.length === 1) return value[0];
  const texts = value.map((item) => JSON.stringify(item));
  return [...new Set(texts)].sort();
}

function textOf({ parsed, written }: Side, isSecret: boolean): string | undefined {
  if (parsed === undefined) return undefined;
  if (written === undefined) return '(default)';
  if (isSecret && ![written].flat().every(isReference)) return '(secret)';
  const text = plainText(written).replace(/\s+/g, ' ');
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function isReference(written: unknown): boolean {
  return typeof written === 'string' && /^\$\{[a-z]+:[^}]*\}$/.test(written);
}

function plainText(written: unknown): string {
  if (typeof written === 'string') return written;
  const isOfWords = Array.isArray(written) && written.every((item) => typeof item === 'string');
  return isOfWords ? `[${written.join(', ')}]` : JSON.stringify(written);
}
