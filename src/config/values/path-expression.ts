import { createRequire } from 'node:module';
import { accept, type Parsed, refuse } from './parsed.ts';

const require = createRequire(import.meta.url);

const longest = 512;
/** Instructions of the compiled pattern: matching takes at most as many steps for each character of a path. */
const largest = 500;

/**
 * Checks a regular expression over paths. It is RE2's syntax, without look-around and back references, so that the time
 * to match grows with the path's length alone, whatever a client sends.
 */
export function parsePathExpression(text: string): Parsed<string> {
  if (text.trim() === '')
    return refuse('P049', 'is empty', 'write a regular expression, for example ^/invoices/[0-9]+$');
  if (!/^\^.*\$$/.test(text) || text.endsWith('\\$'))
    return refuse(
      'P049',
      'does not say where it begins and ends',
      `the whole path is compared: write ^${text.replace(/^\^|\$$/g, '')}$`,
    );
  if (text.length > longest) return refuse('P049', 'is too long', `at most ${longest} characters`);
  const tooLarge = refuse('P049', 'is too large', 'write smaller numbers in its repetitions');
  if (expandedParts(text) > largest) return tooLarge;
  // Loaded where a rule has one: 257 KB of code.
  const { RE2JS, RE2JSSyntaxException }: typeof import('re2js') = require('re2js');
  try {
    if (RE2JS.compile(text).programSize() > largest) return tooLarge;
    return accept(text);
  } catch (thrown) {
    if (!(thrown instanceof RE2JSSyntaxException)) return refuse('P049', 'is not a regular expression', undefined);
    const part = thrown.getPattern() ?? '';
    const start = Math.max(0, text.indexOf(part));
    return {
      ok: false,
      code: 'P049',
      says: `is not a regular expression that Postern takes: ${thrown.getDescription()}`,
      help: /^\(\?[=!<]|^\\[1-9]/.test(part)
        ? 'look-around and back references would take time without bound; say it without them'
        : undefined,
      within: { start, end: start + part.length },
    };
  }
}

/**
 * How many parts an expression has once its counted repetitions are written out: known before it is compiled, which takes
 * memory for each (200 MB for `\\pL{900}` forty times).
 */
function expandedParts(text: string): number {
  const outer: number[] = [];
  let parts = 0;
  let last = 0;
  const tokens =
    /\\(?:[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|.)|\[\^?\]?(?:\\.|\[:[^\]]*:\]|[^\]\\])*\]|\((?:\?[^:)>]*[:)>]?)?|\{(\d+)(?:,(\d*))?\}|./gsu;
  for (const [token, least, most] of text.matchAll(tokens)) {
    if (least !== undefined) parts += last * (Math.max(Number(least), Number(most ?? 0)) - 1);
    else if (token.startsWith('(') && !token.endsWith(')')) {
      outer.push(parts);
      parts = 0;
    } else if (token === ')') {
      last = parts;
      parts += outer.pop() ?? 0;
    } else if (!/^[*+?|^$(]/.test(token)) {
      last = 1;
      parts += 1;
    }
  }
  return outer.reduce((sum, one) => sum + one, parts);
}
