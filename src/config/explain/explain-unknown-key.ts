import { schemaAt } from '../json-schema.ts';
import { type KeyPath, pathKey } from '../problem.ts';
import { findStrangeCharacter, plainSpelling, showUnseen } from '../source/strange-character.ts';
import { closest } from '../values/closest.ts';
import { type Explanation, type IssueContext, shorten } from './explanation.ts';
import { findForeignWord } from './foreign-keys.ts';
import { adviceForKey, placeOf } from './key-advice.ts';

const longestList = 12;

/** An unknown key: a typing mistake, a word of the other effect, of another product, or one that this version does not have. */
export function explainUnknownKey(path: KeyPath, key: string, context: IssueContext): Explanation {
  const { schema, meantKeys } = context;
  const keyPath = [...path, key];
  const advice = adviceForKey(path, key);
  if (advice !== undefined) {
    meantKeys.add(pathKey([...path, advice.meant ?? '']));
    return { path: keyPath, code: advice.code, message: advice.message, on: 'key', help: advice.help };
  }
  const node = schemaAt(schema, path);
  const known = [node, ...(node?.anyOf ?? [])].flatMap((one) => Object.keys(one?.properties ?? {}));
  const strange = explainStrangeKey(path, key, known, context);
  if (strange !== undefined) return strange;
  const exact = closest(key, known, 1);
  const foreign = exact === undefined ? findForeignWord(path, key) : undefined;
  const ofFile = key.endsWith('_file') && known.includes(key.slice(0, -5)) ? key.slice(0, -5) : undefined;
  const message = `unknown key "${shorten(key)}" ${placeOf(path)}`;
  if (ofFile !== undefined || foreign !== undefined) {
    meantKeys.add(pathKey([...path, ofFile ?? foreign?.meant ?? '']));
    const help = ofFile === undefined ? foreign?.help : `write ${ofFile}: "\${file:PATH}"`;
    return { path: keyPath, code: 'P001', message, on: 'key', help };
  }
  const meant = exact ?? closest(key, known, 2);
  if (meant !== undefined) meantKeys.add(pathKey([...path, meant]));
  const isLong = known.length > longestList;
  const list = isLong ? 'all keys: postern schema --format markdown' : `known here: ${known.join(', ')}`;
  const help = meant === undefined ? list : `did you mean "${meant}"?`;
  return { path: keyPath, code: 'P001', message, on: 'key', help };
}

/** A key that looks right and is not: a zero-width space, a letter of another alphabet. */
function explainStrangeKey(
  path: KeyPath,
  key: string,
  known: readonly string[],
  { meantKeys }: IssueContext,
): Explanation | undefined {
  const strange = findStrangeCharacter(key);
  if (strange === undefined) return undefined;
  const plain = plainSpelling(key).trim();
  if (known.includes(plain)) meantKeys.add(pathKey([...path, plain]));
  return {
    path: [...path, key],
    code: 'P001',
    message: `the key "${showUnseen(shorten(key))}" has ${strange.says}`,
    on: 'key',
    within: { value: key, start: strange.start, end: strange.end },
    help: known.includes(plain) ? `type it again: ${plain}` : 'type the key again, in plain letters',
  };
}
