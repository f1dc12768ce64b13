import { schemaAt } from '../json-schema.ts';
import { type KeyPath, pathKey } from '../problem.ts';
import { closest } from '../values/closest.ts';
import { type Explanation, type IssueContext, shorten } from './explanation.ts';
import { adviceForKey, placeOf } from './key-advice.ts';

const longestList = 12;

/** An unknown key: a typing mistake, a word of the other effect, or a word that this version does not have. */
export function explainUnknownKey(path: KeyPath, key: string, { schema, meantKeys }: IssueContext): Explanation {
  const keyPath = [...path, key];
  const advice = adviceForKey(path, key);
  if (advice !== undefined) {
    meantKeys.add(pathKey([...path, advice.meant ?? '']));
    return { path: keyPath, code: advice.code, message: advice.message, on: 'key', help: advice.help };
  }
  const node = schemaAt(schema, path);
  const known = [node, ...(node?.anyOf ?? [])].flatMap((one) => Object.keys(one?.properties ?? {}));
  const meant = closest(key, known, 2);
  if (meant !== undefined) meantKeys.add(pathKey([...path, meant]));
  const isLong = known.length > longestList;
  const list = isLong ? 'all keys: postern schema --format markdown' : `known here: ${known.join(', ')}`;
  const help = meant === undefined ? list : `did you mean "${meant}"?`;
  return { path: keyPath, code: 'P001', message: `unknown key "${shorten(key)}" ${placeOf(path)}`, on: 'key', help };
}
