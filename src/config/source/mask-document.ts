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
