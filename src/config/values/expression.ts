import { checkExpression } from '../../policy/expression/compile-expression.ts';
import { findStrangeCharacter, plainSpelling } from '../source/strange-character.ts';
import { closest } from './closest.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** Facts that people name without what they are a part of. */
const factWords: Readonly<Record<string, string>> = {
  groups: 'user.groups',
  email: 'user.email',
  provider: 'user.provider',
  method: 'request.method',
  path: 'request.path',
  ip: 'request.address',
  address: 'request.address',
  source: 'request.address',
  score: 'risk.score',
  req: 'request, for example request.method',
  http: 'request, for example request.method',
  claim: 'claims, for example claims.department',
  token: 'claims, for example claims.department',
  jwt: 'claims, for example claims.department',
  time: 'now',
};

/** Checks a condition in CEL. What comes out is its text: it is compiled where it is known for which rule. */
export function parseExpression(text: string): Parsed<string> {
  if (text.trim() === '') return refuse('P019', 'is empty', 'write a condition, or remove the key');
  const checked = checkExpression(text);
  if (checked.outcome === 'checked') return accept(text);
  const { says, unknown, start, end } = checked;
  const strange = findStrangeCharacter(text.slice(start));
  if (strange?.start === 0 && /\S/.test(text.charAt(start))) {
    const help = `write ${plainSpelling(text.slice(start, start + strange.end))}`;
    return { ok: false, code: 'P047', says: `has ${strange.says}`, help, within: { start, end: start + strange.end } };
  }
  const meant = unknown === undefined ? undefined : closest(unknown.name, unknown.known, 2);
  const known =
    unknown === undefined || unknown.known.length === 0 ? undefined : `there are: ${unknown.known.join(', ')}`;
  const fact = unknown === undefined ? undefined : factWords[unknown.name];
  const help =
    checked.help ??
    (fact === undefined ? undefined : `write ${fact}`) ??
    (meant === undefined ? known : `did you mean "${meant}"?`);
  return { ok: false, code: checked.kind === 'cost' ? 'P058' : 'P047', says, help, within: { start, end } };
}
