import type { PostureRequirement } from '../snapshot.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

const shape = /^([a-z][a-z0-9_]{0,63})(?:\s*(>=|<=|==|!=|>|<)\s*([^\s=<>!].{0,127}))?$/;
const operators: Readonly<Record<string, PostureRequirement['operator']>> = {
  '>=': '>=',
  '>': '>',
  '<=': '<=',
  '<': '<',
  '==': '==',
  '!=': '!=',
};

/** Reads one demand of a posture: `disk_encrypted`, or `os_version >= 14.0`. */
export function parseRequirement(text: string): Parsed<PostureRequirement> {
  const match = shape.exec(text.trim());
  const check = match?.[1];
  if (match === null || check === undefined) {
    const help = /[^=!<>]=[^=]/.test(text)
      ? `write == to compare: ${text.replace(/([^=!<>])=([^=])/, '$1==$2')}`
      : 'write a check such as disk_encrypted, or "os_version >= 14.0"';
    return refuse('P043', 'is not a requirement', help);
  }
  const operator = match[2] === undefined ? 'is_true' : operators[match[2]];
  if (operator === undefined) return refuse('P043', 'is not a requirement', undefined);
  const value = match[3]?.trim().replace(/^"(.*)"$/, '$1');
  return accept({ check, operator, value, source: text.trim() });
}
