import {
  COLLECTION_STYLE,
  CORE_SCHEMA,
  EVENT_ID,
  type Event,
  getScalarValue,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml';
import type { SyntaxProblem } from './explain-syntax.ts';
import type { PlaceWriter } from './places.ts';
import { isSafeToShow, looksSecret } from './secret-keys.ts';
import type { SourceText, Span } from './source-text.ts';

export interface Walked {
  readonly value: unknown;
  readonly problems: readonly SyntaxProblem[];
  readonly isTooLarge: boolean;
}

const maxDepth = 32;
/** More values than a configuration of the largest size has. */
const maxNodes = 2_000_000;
/** What aliases may add to the text that is written out. */
const maxAliasNodes = 100_000;

const tooLarge = 'the text is nested too deeply, or its aliases expand too far';

/** A value that an anchor names; `undefined` as a height while it is not read to its end. */
interface Anchored {
  value: unknown;
  readonly node: number;
  lastNode: number;
  height: number | undefined;
}

/**
 * Turns the parser's events into plain data in one pass, which also finds duplicate keys in linear time, bounds depth
 * and aliases, remembers each position, and hides values under keys that sound secret from every code frame.
 */
export function walkEvents(events: readonly Event[], source: SourceText, places: PlaceWriter): Walked {
  const { text } = source;
  const problems: SyntaxProblem[] = [];
  const anchors = new Map<string, Anchored>();
  const secretKeys = new Map<string, boolean>();
  let at = 0;
  /** The end of what was read last: what has no place of its own stands there. */
  let cursor = 0;
  let deepest = 0;
  let aliasNodes = 0;
  let overflow: Span | undefined;

  const complain = (code: SyntaxProblem['code'], span: Span, message: string, help: string) => {
    problems.push({ code, span, message, help });
  };

  const isSecretKey = (key: string, parent: string): boolean => {
    if (parent === 'state' && key !== 'path' && key !== 'store') return true;
    const known = secretKeys.get(key);
    if (known !== undefined) return known;
    const answer = looksSecret(key);
    secretKeys.set(key, answer);
    return answer;
  };

  const refuseTag = (event: { readonly tagStart: number; readonly tagEnd: number }, end: number) => {
    if (event.tagStart === -1) return;
    const span = { start: event.tagStart, end: Math.max(end, event.tagEnd) };
    complain('P004', span, 'tags are not known here', 'remove the tag; quote the value if it begins with !');
  };

  const spanOfScalar = (event: ScalarEvent, key: Span | undefined): Span => {
    const { valueStart, valueEnd, style } = event;
    if (valueStart === -1) return key ?? { start: cursor, end: cursor + 1 };
    switch (style) {
      case SCALAR_STYLE.SINGLE_QUOTED:
      case SCALAR_STYLE.DOUBLE_QUOTED:
        return { start: valueStart - 1, end: valueEnd + 1 };
      case SCALAR_STYLE.LITERAL_BLOCK:
      case SCALAR_STYLE.FOLDED_BLOCK: {
        const mark = style === SCALAR_STYLE.LITERAL_BLOCK ? '|' : '>';
        const header = text.indexOf(mark, Math.max(cursor, event.anchorEnd, event.tagEnd));
        return { start: header === -1 ? valueStart : Math.min(header, valueStart), end: valueEnd };
      }
      default:
        return { start: valueStart, end: Math.max(valueEnd, valueStart + 1) };
    }
  };

  const meaningOf = (event: ScalarEvent): unknown => {
    const written = getScalarValue(text, event);
    return event.style === SCALAR_STYLE.PLAIN ? CORE_SCHEMA.resolveImplicitScalarTag(written).value : written;
  };

  const remember = (event: { anchorStart: number; anchorEnd: number }, node: number): Anchored | undefined => {
    if (event.anchorStart === -1) return undefined;
    const anchored = { value: undefined, node, lastNode: node, height: undefined };
    anchors.set(text.slice(event.anchorStart, event.anchorEnd), anchored);
    return anchored;
  };

  const enter = (depth: number, span: Span): boolean => {
    if (depth > maxDepth || places.count >= maxNodes) overflow ??= span;
    if (depth > deepest) deepest = depth;
    return overflow === undefined;
  };

  const readValue = (
    depth: number,
    name: string | undefined,
    key: Span | undefined,
    isSecret: boolean,
    owner: string,
  ): unknown => {
    const event = events[at];
    at += 1;
    switch (event?.type) {
      case EVENT_ID.SCALAR: {
        const span = spanOfScalar(event, key);
        if (!enter(depth, span)) return undefined;
        refuseTag(event, span.end);
        const value = meaningOf(event);
        const node = places.add(name, key, span.start, span.end);
        if (event.valueStart !== -1) cursor = span.end;
        if (isSecret && !isSafeToShow(value)) source.mask(span);
        const anchored = remember(event, node);
        if (anchored !== undefined) Object.assign(anchored, { value, height: 0 });
        return value;
      }
      case EVENT_ID.ALIAS:
        return readAlias(event, depth, name, key, isSecret);
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE: {
        const { start } = event;
        if (!enter(depth, { start, end: start + 1 })) return undefined;
        refuseTag(event, event.tagEnd);
        const node = places.add(name, key, start, start + 1);
        const anchored = remember(event, node);
        const outerDeepest = deepest;
        deepest = depth;
        cursor = start;
        const isMap = event.type === EVENT_ID.MAPPING;
        const children: number[] = [];
        const value = isMap ? readMap(depth, children, isSecret, owner) : readList(depth, children, isSecret, owner);
        if (overflow !== undefined) return undefined;
        at += 1;
        if (event.style === COLLECTION_STYLE.FLOW) {
          const open = text.charAt(start);
          if (open === '[' || open === '{')
            cursor = closingBracket(text, Math.max(cursor, start + 1), open === '[' ? ']' : '}');
          places.close(node, start, Math.max(cursor, start + 1), children);
        } else if (isMap) places.close(node, firstKey.start, firstKey.end, children);
        else places.close(node, start, start + 1, children);
        if (anchored !== undefined)
          Object.assign(anchored, { value, lastNode: places.count - 1, height: deepest - depth });
        deepest = Math.max(deepest, outerDeepest);
        return value;
      }
      default:
        return undefined;
    }
  };

  /** The span of the first key of the map that was read last: a map in lines is pointed at by it. */
  let firstKey: Span = { start: 0, end: 1 };

  const readMap = (depth: number, children: number[], isSecret: boolean, owner: string): unknown => {
    const value: Record<string, unknown> = {};
    let first: Span | undefined;
    while (events[at]?.type !== EVENT_ID.POP && overflow === undefined) {
      const { name, span } = readKey();
      first ??= span;
      if (name === undefined || name === '__proto__') {
        complain('P001', span, 'a key must be a plain word', 'write KEY: VALUE');
        readValue(depth + 1, undefined, span, true, '');
      } else if (Object.hasOwn(value, name)) {
        const help = 'keep one of them; several values are written as a list';
        complain('P002', span, `the key "${name}" is here twice`, help);
        readValue(depth + 1, undefined, span, isSecret || isSecretKey(name, owner), name);
      } else {
        children.push(places.count);
        value[name] = readValue(depth + 1, name, span, isSecret || isSecretKey(name, owner), name);
      }
    }
    firstKey = first ?? { start: cursor, end: cursor + 1 };
    return value;
  };

  const readList = (depth: number, children: number[], isSecret: boolean, owner: string): unknown[] => {
    const value: unknown[] = [];
    while (events[at]?.type !== EVENT_ID.POP && overflow === undefined) {
      children.push(places.count);
      value.push(readValue(depth + 1, undefined, undefined, isSecret, owner));
    }
    return value;
  };

  const readKey = (): { readonly name: string | undefined; readonly span: Span } => {
    const event = events[at];
    if (event?.type === EVENT_ID.SCALAR) {
      at += 1;
      const span = spanOfScalar(event, undefined);
      refuseTag(event, span.end);
      const value = meaningOf(event);
      if (event.valueStart !== -1) cursor = span.end;
      const anchored = remember(event, -1);
      if (anchored !== undefined) Object.assign(anchored, { value, height: 0 });
      return { name: value === null ? undefined : String(value), span };
    }
    const start = event?.type === EVENT_ID.ALIAS ? event.anchorStart - 1 : cursorOf(event, cursor);
    skipValue();
    return { name: undefined, span: { start, end: Math.max(start + 1, cursor) } };
  };

  /** Passes over a key that is no word, whatever it holds. */
  const skipValue = () => {
    let open = 0;
    do {
      const event = events[at];
      at += 1;
      if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) open += 1;
      else if (event?.type === EVENT_ID.POP) open -= 1;
      else if (event?.type === EVENT_ID.SCALAR && event.valueStart !== -1) {
        const span = spanOfScalar(event, undefined);
        source.mask(span);
        cursor = span.end;
      } else if (event?.type === EVENT_ID.ALIAS) cursor = event.anchorEnd;
    } while (open > 0);
  };

  const readAlias = (
    event: Extract<Event, { readonly anchorStart: number; readonly tagStart?: never }>,
    depth: number,
    name: string | undefined,
    key: Span | undefined,
    isSecret: boolean,
  ): unknown => {
    const span = { start: event.anchorStart - 1, end: event.anchorEnd };
    cursor = event.anchorEnd;
    if (!enter(depth, span)) return undefined;
    const node = places.add(name, key, span.start, span.end);
    const anchorName = text.slice(event.anchorStart, event.anchorEnd);
    const anchored = anchors.get(anchorName);
    if (anchored === undefined) {
      const help = 'define it first, or write the value out';
      complain('P003', span, `there is no anchor &${anchorName} before this alias`, help);
      return undefined;
    }
    if (anchored.height === undefined || !enter(depth + anchored.height, span)) {
      overflow ??= span;
      return undefined;
    }
    if (anchored.node === -1) return anchored.value;
    places.share(node, anchored.node);
    if (isSecret) maskAll(anchored);
    const copy = copyOf(anchored.value);
    if (aliasNodes > maxAliasNodes) overflow ??= span;
    return copy;
  };

  /** A copy, so that the data stays a tree; stops when the copies of a document grow past the bound. */
  const copyOf = (value: unknown): unknown => {
    aliasNodes += 1;
    if (aliasNodes > maxAliasNodes || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(copyOf);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
  };

  const maskAll = ({ node, lastNode }: Anchored) => {
    for (let index = node; index <= lastNode; index += 1) {
      if (!places.isScalar(index)) continue;
      const span = places.spanOf(index);
      if (!isSafeToShow(text.slice(span.start, span.end))) source.mask(span);
    }
  };

  // The first event opens the document.
  at = 1;
  const value = events[1]?.type === EVENT_ID.POP ? null : readValue(0, undefined, undefined, false, '');
  if (overflow === undefined) return { value, problems, isTooLarge: false };
  complain('P005', overflow, tooLarge, 'write the values out, at most 32 levels deep');
  return { value: undefined, problems, isTooLarge: true };
}

function cursorOf(event: Event | undefined, cursor: number): number {
  return event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE ? event.start : cursor;
}

/** The end of a list or map in brackets: behind what was read last there are only blanks, commas and comments. */
function closingBracket(text: string, from: number, bracket: ']' | '}'): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== bracket) {
    if (text.charAt(at) === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else at += 1;
  }
  return Math.min(text.length, at + 1);
}
