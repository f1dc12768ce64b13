import type { SourceText } from './source-text.ts';

const secretLine =
  /(?:secret|token|passw|passphrase|credential|private[_-]?key|api[_-]?key|authorization|\bkey)[\w-]*["']?\s*:[ \t]*(.*)$/i;
const longestLine = 2_000;

/** For text that could not be parsed: hides the rest of each line after a key that sounds like a secret's, and its indented block. */
export function maskSecretLines(source: SourceText): void {
  const { text } = source;
  let blockIndent: number | undefined;
  for (let start = 0; start <= text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    const line = end - start > longestLine ? undefined : text.slice(start, end);
    const indent = line === undefined ? 0 : line.length - line.trimStart().length;
    const isInBlock = blockIndent !== undefined && (line?.trim() === '' || indent > blockIndent);
    if (!isInBlock) blockIndent = undefined;
    const rest = line === undefined ? undefined : secretLine.exec(line)?.[1];
    if (line === undefined || isInBlock) source.mask({ start, end });
    else if (rest !== undefined && !/^["']?\$\{[a-z]+:[^}]*\}/.test(rest)) {
      if (rest !== '') source.mask({ start: end - rest.length, end });
      blockIndent = indent;
    }
    start = end + 1;
  }
}
