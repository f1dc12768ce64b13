import { checkExpression } from '../../policy/expression/compile-expression.ts';
import { closest } from './closest.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** Checks a condition in CEL. What comes out is its text: it is compiled where it is known for which rule. */
export function parseExpression(text: string): Parsed<string> {
  if (text.trim() === '') return refuse('P019', 'is empty', 'write a condition, or remove the key');
  const checked = checkExpression(text);
  if (checked.outcome === 'checked') return accept(text);
  const { says, unknown, start, end } = checked;
  const meant = unknown === undefined ? undefined : closest(unknown.name, unknown.known, 2);
  const known =
    unknown === undefined || unknown.known.length === 0 ? undefined : `there are: ${unknown.known.join(', ')}`;
  const help = checked.help ?? (meant === undefined ? known : `did you mean "${meant}"?`);
  return { ok: false, code: checked.kind === 'cost' ? 'P058' : 'P047', says, help, within: { start, end } };
}
