import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type KeyPath, type ProblemCode, pathKey } from '../problem.ts';
import type { Span } from './source-text.ts';

/** Where a key and its value stand. An item of a list has no key. */
export interface Place {
  readonly key: Span | undefined;
  readonly value: Span;
}

/** A document as plain data, and where each part of it stands. */
export interface Tree {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly TreeProblem[];
}

export interface TreeProblem {
  readonly path: KeyPath;
  readonly code: ProblemCode;
  readonly span: Span;
  readonly message: string;
  readonly help: string | undefined;
}

const maxDepth = 32;
const maxNodes = 100_000;

/**
 * Turns a parsed document into plain data. Done here and not by the library, since one walk then also finds
 * duplicate keys in linear time, bounds aliases and depth, and remembers each position.
 */
export function readTree(document: Document.Parsed, endOfText: number): Tree {
  const places = new Map<string, Place>();
  const problems: TreeProblem[] = [];
  const anchors = new Map<string, Node>();
  let nodes = 0;
  let overflow: Span | undefined;

  const complain = (path: KeyPath, code: ProblemCode, span: Span, message: string, help?: string) => {
    problems.push({ path, code, span, message, help });
  };

  const readValue = (node: unknown, path: KeyPath, key: Span | undefined): unknown => {
    const span = spanOf(node) ?? key ?? { start: 0, end: Math.min(1, endOfText) };
    nodes += 1;
    if (nodes > maxNodes || path.length > maxDepth) overflow ??= span;
    if (overflow !== undefined) return undefined;
    if (!places.has(pathKey(path))) places.set(pathKey(path), { key, value: span });
    if (isAlias(node)) {
      const source = anchors.get(node.source);
      if (source !== undefined) return readValue(source, path, key);
      complain(
        path,
        'P003',
        span,
        `there is no anchor &${node.source} before this alias`,
        'define it first, or write the value out',
      );
      return undefined;
    }
    rememberAnchor(node, anchors);
    if (isMap<ParsedNode, ParsedNode | null>(node)) return readMap(node, path);
    if (isSeq<ParsedNode>(node)) return readSequence(node, path);
    return isScalar(node) ? node.value : null;
  };

  const readMap = (map: YAMLMap<ParsedNode, ParsedNode | null>, path: KeyPath): unknown => {
    const value: Record<string, unknown> = {};
    const seen = new Map<string, Span>();
    for (const pair of map.items as Pair<ParsedNode, ParsedNode | null>[]) {
      const span = spanOf(pair.key) ?? { start: 0, end: 1 };
      if (isScalar(pair.key)) rememberAnchor(pair.key, anchors);
      const name = isScalar(pair.key) && pair.key.value !== null ? String(pair.key.value) : undefined;
      if (name === undefined || name === '__proto__') {
        complain(path, 'P001', span, 'a key must be a plain word', 'write KEY: VALUE');
        continue;
      }
      const first = seen.get(name);
      if (first !== undefined) {
        complain(
          [...path, name],
          'P002',
          span,
          `the key "${name}" is here twice`,
          'keep one of them; several values are written as a list',
        );
        continue;
      }
      seen.set(name, span);
      value[name] = readValue(pair.value, [...path, name], span);
    }
    return value;
  };

  const readSequence = (sequence: YAMLSeq<ParsedNode>, path: KeyPath): unknown[] =>
    sequence.items.map((item, index) => readValue(item, [...path, index], undefined));

  const value = readValue(document.contents, [], undefined);
  if (overflow === undefined) return { value, places, problems };
  const message = 'the text is nested too deeply, or its aliases expand too far';
  complain([], 'P005', overflow, message, 'write the values out, at most 32 levels deep');
  return { value: undefined, places, problems };
}

function rememberAnchor(node: unknown, anchors: Map<string, Node>): void {
  if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node);
}

/** A map or a list is pointed at by its first token, a scalar by itself. */
function spanOf(node: unknown): Span | undefined {
  if (!isNode(node) || node.range === undefined || node.range === null) return undefined;
  const [start, end] = node.range;
  if (isMap(node) && node.flow !== true) return spanOf(node.items[0]?.key) ?? { start, end };
  if (isSeq(node) && node.flow !== true) return { start, end: start + 1 };
  return { start, end: Math.max(end, start + 1) };
}
