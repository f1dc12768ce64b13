import { type Document, isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import { looksSecret } from './secret-keys.ts';
import type { SourceText } from './source-text.ts';

const wholeReference = /^\$\{[a-z]+:[^}]*\}$/;

/**
 * Hides in every code frame what may be a secret: values written plainly under a key that sounds like one, wherever
 * it stands, and under `state.key`. For documents that are broken, as far as they were understood; readers of whole ones do the same on their way.
 */
export function maskSecrets(document: Document.Parsed, source: SourceText): void {
  const visit = (node: unknown, isSecret: boolean, parent: string, depth: number): void => {
    if (depth > 40 || !isNode(node)) return;
    if (isAlias(node)) {
      if (isSecret) visit(node.resolve(document), isSecret, parent, depth + 1);
      return;
    }
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : '';
        visit(
          pair.value,
          isSecret || looksSecret(key) || (parent === 'state' && key !== 'path' && key !== 'store'),
          key,
          depth + 1,
        );
      }
    } else if (isSeq(node)) {
      for (const item of node.items) visit(item, isSecret, parent, depth + 1);
    } else if (isSecret && isScalar(node) && node.range && node.value !== null) {
      const [start, end] = node.range;
      const isUnquoted = node.value === '$' && source.text.charAt(end) === '{';
      if (!isUnquoted && !wholeReference.test(String(node.value))) source.mask({ start, end });
    }
  };
  visit(document.contents, false, '', 0);
}

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
