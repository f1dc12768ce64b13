import { CST } from 'yaml';
import { endOfFlow } from './lay-out-lines.ts';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Sets the blanks within lines: one after a colon and a dash, `{ a: b }` and `[a, b]` where they stand on one line.
 * Blanks before a comment stay, so that columns of comments do. No line is added or removed.
 */
export function spaceTokens(text: string, tokens: readonly CST.Token[]): string {
  const edits: Edit[] = [];

  const visitSeparators = (separators: readonly CST.SourceToken[]) => {
    for (const [index, { type, offset, source }] of separators.entries()) {
      if (type !== 'space') continue;
      const before = separators[index - 1]?.type;
      const after = separators[index + 1]?.type;
      if (after === 'comment' || after === 'newline') continue;
      const end = offset + source.length;
      if (before === 'map-value-ind' || before === 'seq-item-ind') edits.push({ start: offset, end, text: ' ' });
      else if (after === 'map-value-ind' && before === undefined) edits.push({ start: offset, end, text: '' });
    }
  };

  const visit = (token: CST.Token | null | undefined): void => {
    switch (token?.type) {
      case 'document':
        visit(token.value);
        break;
      case 'block-map':
      case 'block-seq':
        for (const item of token.items) {
          visitSeparators(item.start);
          visit(item.key);
          if (item.key && 'end' in item.key && item.sep?.[0]?.type === 'map-value-ind') trimEnd(item.key.end);
          visitSeparators(item.sep ?? []);
          visit(item.value);
        }
        break;
      case 'flow-collection': {
        const end = endOfFlow(token);
        const written = text.slice(token.offset, end);
        if (!written.includes('\n')) edits.push({ start: token.offset, end, text: writeFlow(token) });
        break;
      }
      default:
        break;
    }
  };

  const trimEnd = (end: readonly CST.SourceToken[] | undefined) => {
    const [only, ...others] = end ?? [];
    if (only?.type === 'space' && others.length === 0)
      edits.push({ start: only.offset, end: only.offset + only.source.length, text: '' });
  };

  for (const token of tokens) visit(token);
  return apply(text, edits);
}

function apply(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: replacement } of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(text.slice(at, start), replacement);
    at = end;
  }
  return `${parts.join('')}${text.slice(at)}`;
}

/** A collection that stands on one line, so that there is no comment in it. */
function writeFlow(flow: CST.FlowCollection): string {
  const items = flow.items.filter(({ key, sep, value, start }) => key || sep || value || start.some(isNodeProperty));
  const written = items.map((item) => {
    const properties = [...item.start.filter(isNodeProperty).map(({ source }) => source), writeInFlow(item.key)];
    const head = properties.filter((one) => one !== '').join(' ');
    const hasColon = item.sep?.some(({ type }) => type === 'map-value-ind') === true;
    const tail = [...(item.sep ?? []).filter(isNodeProperty).map(({ source }) => source), writeInFlow(item.value)]
      .filter((one) => one !== '')
      .join(' ');
    if (!hasColon) return [head, tail].filter((one) => one !== '').join(' ');
    // An anchor or an alias would take the colon into its name.
    const colon = /^[&*]\S+$/.test(head) ? ' :' : ':';
    return tail === '' ? `${head}${colon}` : `${head}${colon} ${tail}`;
  });
  if (flow.start.source === '[') return `[${written.join(', ')}]`;
  return written.length === 0 ? '{}' : `{ ${written.join(', ')} }`;
}

function isNodeProperty({ type }: CST.SourceToken): boolean {
  return type === 'anchor' || type === 'tag' || type === 'explicit-key-ind';
}

function writeInFlow(token: CST.Token | null | undefined): string {
  if (token === null || token === undefined) return '';
  if (token.type === 'flow-collection') return writeFlow(token);
  return 'source' in token ? token.source : CST.stringify(token).trim();
}
