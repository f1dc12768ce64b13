import type { ToldPart } from '../route.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

const facts = { 'user.id': 'user', 'user.email': 'email', 'user.name': 'name', 'user.groups': 'groups' } as const;
const placeholder = /\$\{([^{}]*)\}/g;

/** True for a text in which something of who asks is to be put. */
export function tellsIdentity(text: string): boolean {
  return text.includes(`\${`);
}

/**
 * Reads a text with `${user.id}`, `${user.email}`, `${user.name}`, `${user.groups}` or `${claims.NAME}` in it. What looks like
 * one of them and is not is refused: an app would be sent the words themselves and take them for somebody.
 */
export function parseIdentityText(text: string): Parsed<readonly ToldPart[]> {
  const parts: ToldPart[] = [];
  let from = 0;
  for (const { 0: whole, 1: inner = '', index } of text.matchAll(placeholder)) {
    const part = partOf(inner.trim());
    if (part === undefined) return unknown();
    if (index > from) parts.push({ text: text.slice(from, index) });
    parts.push(part);
    from = index + whole.length;
  }
  const rest = text.slice(from);
  if (rest.includes(`\${`)) return unknown();
  return accept(rest === '' ? parts : [...parts, { text: rest }]);
}

function partOf(name: string): ToldPart | undefined {
  if (name in facts) return { fact: facts[name as keyof typeof facts] };
  const claim = /^claims\.([\x21-\x7e]{1,200})$/.exec(name)?.[1];
  return claim === undefined ? undefined : { claim };
}

function unknown(): Parsed<never> {
  return refuse(
    'P042',
    `has something in \${ } that there is not`,
    `write \${user.id}, \${user.email}, \${user.name}, \${user.groups} or \${claims.NAME}; a reference is the whole value`,
  );
}
