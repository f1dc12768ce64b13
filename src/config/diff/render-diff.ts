import type { KeyChange } from './compare-values.ts';
import type { ConfigurationChange } from './diff-snapshots.ts';

const signs = { added: '+', removed: '-', changed: '~' } as const;

/**
 * A change in lines for people, one for each key: `~ payroll/no-contractors  rollout.percent 25 -> 60`. Rules go by
 * `route/rule`, everything else says what it is.
 */
export function renderChange(change: ConfigurationChange): readonly string[] {
  const { kind, type, name, keys } = change;
  const isRule = type === 'allow' || type === 'deny';
  const subject = `${signs[kind]} ${isRule || type === name ? name : `${type} ${name}`}`;
  if (kind === 'changed') return keys.map((key) => `${subject}  ${renderKey(key)}`);
  const said = keys.map(({ key, before, after }) => `${key} ${after ?? before ?? ''}`.trim()).join(', ');
  return [`${subject}  ${isRule ? `${type}: ` : ''}${said}`.trimEnd()];
}

/** `rollout.percent 25 -> 60`, `device managed-laptop (new)`. */
export function renderKey({ key, before, after }: KeyChange): string {
  const name = key === '' ? '' : `${key} `;
  if (before === undefined) return `${name}${after} (new)`;
  if (after === undefined) return `${name}${before} (gone)`;
  return `${name}${before} -> ${after}`;
}
