import { conditionsFor } from '../../policy/conditions/conditions-of-rule.ts';
import type { KeyPath, ProblemCode } from '../problem.ts';
import { shorten, valueAt } from './explanation.ts';

/** Where a key stands, for sentences: "in an allow rule". */
export function placeOf(path: KeyPath): string {
  if (path.length === 0) return 'at the top level';
  const kind = kindOf(path);
  return kind === undefined ? `in "${lastWord(path)}"` : `in ${kind}`;
}

/** The same as the subject of a sentence: "an allow rule needs …". */
export function subjectOf(path: KeyPath): string {
  if (path.length === 0) return 'the configuration';
  return kindOf(path) ?? `"${lastWord(path)}"`;
}

/** The route and the rule that a place is in, as the end of a sentence; empty elsewhere. */
export function whereIn(path: KeyPath, tree: unknown): string {
  if (path[0] !== 'routes') return '';
  const nameAt = (at: KeyPath, kind: string): string => {
    const name = valueAt(tree, at);
    return typeof name === 'string' ? `, in the ${kind} "${shorten(name)}"` : '';
  };
  const rule = path.length > 4 ? nameAt([...path.slice(0, 4), 'id'], 'rule') : '';
  return `${rule}${nameAt([...path.slice(0, 2), 'name'], 'route').replace(/^, in/, rule === '' ? ', in' : ' of')}`;
}

function kindOf(path: KeyPath): string | undefined {
  const [section, , list] = path;
  if (section === 'routes' && path.length === 2) return 'a route';
  if (section === 'routes' && path.length === 4 && list === 'allow') return 'an allow rule';
  if (section === 'routes' && path.length === 4 && list === 'deny') return 'a deny rule';
  if (section === 'identity_providers' && path.length === 2) return 'an identity provider';
  if (section === 'postures' && path.length === 2) return 'a posture';
  if (section === 'segments' && path.length === 2) return 'a segment';
  if (section === 'segments' && path.length === 3 && list === 'require') return 'what a segment requires';
  if (section === 'tests' && path.length === 2) return 'a test';
  if (section === 'tests' && path.length === 3 && list === 'given') return 'what a test gives';
  if (section === 'tests' && path.length === 5 && path[3] === 'device') return 'how a device does';
  if (section === 'server' && path.length === 3 && path[1] === 'listeners') return 'a listener';
  return undefined;
}

function lastWord(path: KeyPath): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

interface KeyAdvice {
  readonly code: ProblemCode;
  readonly message: string;
  readonly help: string;
  /** The key that was meant, which is then not called missing. */
  readonly meant?: string;
}

/** Words of the vocabulary that this version does not have, by where they stand. */
const notBuilt: Readonly<Record<string, readonly string[]>> = {
  '': ['include'],
  state: ['url', 'kms'],
  deny: ['help_url'],
  audit: ['sinks'],
};

/** Advice for an unknown key that is more than a typing mistake; `undefined` when a suggestion is all there is to say. */
export function adviceForKey(path: KeyPath, key: string): KeyAdvice | undefined {
  if (key === '<<') {
    return {
      code: 'P001',
      message: `the merge key "<<" has no meaning ${placeOf(path)}`,
      help: 'write the keys out; what is said twice may be a whole value: groups: &people [finance], and then groups: *people',
      meant: key,
    };
  }
  const section = String(path[0] ?? '');
  const isRequirement = section === 'segments' && path[2] === 'require';
  const rules = isRequirement
    ? 'allow'
    : section === 'routes' && (path[2] === 'allow' || path[2] === 'deny')
      ? path[2]
      : undefined;
  const depth = isRequirement ? 3 : 4;
  const parent = path.length === depth + 1 ? path[depth] : undefined;
  const polarity = rules === undefined ? undefined : polarityAdvice(rules, parent, key);
  if (polarity !== undefined) return polarity;
  if (notBuilt[rules ?? section]?.includes(key) !== true) return undefined;
  return {
    code: 'P001',
    message: `unknown key "${key}" ${placeOf(path)}`,
    help: 'this version of Postern does not have it yet; remove it',
  };
}

/** security-rules.md 15: a word of the other effect would say the opposite of what it reads. */
function polarityAdvice(
  rules: 'allow' | 'deny',
  parent: KeyPath[number] | undefined,
  key: string,
): KeyAdvice | undefined {
  const other = rules === 'allow' ? 'deny' : 'allow';
  const wrong = (help: string, meant = ''): KeyAdvice => ({
    code: 'P024',
    message: `"${parent === undefined ? key : `${parent}.${key}`}" belongs to ${other} rules`,
    help,
    meant,
  });
  const misplaced = conditionsFor(other)
    .filter(({ condition }) => condition.key === (parent ?? key))
    .map(({ condition }) => condition.misplaced)
    .find((one) => one !== undefined && one.inner === (parent === undefined ? undefined : key));
  if (misplaced !== undefined) return wrong(misplaced.help, misplaced.meant);
  return rules === 'allow' && parent === undefined && key === 'user_message'
    ? wrong('remove it, or move it to the deny rule that it explains')
    : undefined;
}
