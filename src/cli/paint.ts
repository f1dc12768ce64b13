import { styleText } from 'node:util';
import type { Output } from './commands.ts';

const styles = {
  ALLOW: 'green',
  PASS: 'green',
  ok: 'green',
  yes: 'green',
  DENY: 'red',
  FAIL: 'red',
  no: 'red',
  REFUSAL: 'red',
  'STEP UP': 'yellow',
  'SIGN IN': 'yellow',
  DEPENDS: 'yellow',
  depends: 'yellow',
  warn: 'yellow',
} as const;

const headWord = new RegExp(`^( *)(${Object.keys(styles).join('|')})(?= |:|$)`, 'gm');

/** Colours the word that begins a line where it says how something came out. Plain text where colours are off. */
export function paintHeads(text: string, isColored: boolean | undefined): string {
  if (isColored !== true) return text;
  return text.replace(headWord, (_, blanks: string, word: string) => {
    const style = Object.hasOwn(styles, word) ? styles[word as keyof typeof styles] : undefined;
    return `${blanks}${style === undefined ? word : styleText([style, 'bold'], word, { validateStream: false })}`;
  });
}

/** Whether a stream is to have colours: `NO_COLOR` says never, `FORCE_COLOR` always, otherwise a terminal that shows them. */
export function wantsColor(
  stream: Pick<NodeJS.WriteStream, 'isTTY'> & { readonly hasColors?: () => boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && stream.hasColors?.() !== false;
}

/** The same output without colours. */
export function withoutColor(output: Output): Output {
  return { ...output, color: false, stderrColor: false };
}
