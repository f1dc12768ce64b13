import type { KeyPath } from '../problem.ts';
import type { Span } from './source-text.ts';

/** Where a key and its value stand. An item of a list has no key. */
export interface Place {
  readonly key: Span | undefined;
  readonly value: Span;
}

/**
 * Where each part of a document stands, in flat arrays: some hundred thousand places cost a few megabytes, and a worker
 * thread hands them over without a copy. Node 0 is the whole document. Spans are `[key start, key end, value start,
 * value end]` a node, -1 where there is no key; `children` lists a node's children from `firstChild`, `childCount` of
 * them (-1: a scalar); `nameIds` says under which of `names` a child stands.
 */
export interface PlaceTable {
  readonly spans: Int32Array<ArrayBuffer>;
  readonly nameIds: Int32Array<ArrayBuffer>;
  readonly firstChild: Int32Array<ArrayBuffer>;
  readonly childCount: Int32Array<ArrayBuffer>;
  readonly children: Int32Array<ArrayBuffer>;
  readonly names: readonly string[];
}

/** Finds places by path. */
export interface Places {
  find(path: KeyPath): Place | undefined;
}

export const emptyPlaceTable: PlaceTable = {
  spans: new Int32Array(0),
  nameIds: new Int32Array(0),
  firstChild: new Int32Array(0),
  childCount: new Int32Array(0),
  children: new Int32Array(0),
  names: [],
};

/** A map with more keys than this is indexed when it is asked for the first time. */
const fewKeys = 16;

/** Reads a table. A look-up costs the depth of the path, also in maps of thousands of keys. */
export function createPlaces(table: PlaceTable): Places {
  const { spans, nameIds, firstChild, childCount, children, names } = table;
  const indexes = new Map<number, ReadonlyMap<string, number>>();
  const nameOf = (node: number) => names[nameIds[node] ?? -1];

  const childByName = (node: number, name: string): number | undefined => {
    const first = firstChild[node] ?? 0;
    const count = childCount[node] ?? 0;
    if (count > fewKeys) {
      const index = indexes.get(node) ?? indexChildren(first, count);
      indexes.set(node, index);
      return index.get(name);
    }
    for (let at = first; at < first + count; at += 1) {
      const child = children[at];
      if (child !== undefined && nameOf(child) === name) return child;
    }
    return undefined;
  };

  const indexChildren = (first: number, count: number): ReadonlyMap<string, number> => {
    const index = new Map<string, number>();
    for (const child of children.subarray(first, first + count)) {
      const name = nameOf(child);
      if (name !== undefined) index.set(name, child);
    }
    return index;
  };

  const childAt = (node: number, index: number): number | undefined =>
    index >= 0 && index < (childCount[node] ?? 0) ? children[(firstChild[node] ?? 0) + index] : undefined;

  return {
    find: (path) => {
      let node: number | undefined = childCount.length === 0 ? undefined : 0;
      for (const part of path) {
        if (node === undefined) return undefined;
        node = typeof part === 'number' ? childAt(node, part) : childByName(node, part);
      }
      if (node === undefined) return undefined;
      const [keyStart = -1, keyEnd = -1, start = 0, end = 1] = spans.subarray(node * 4, node * 4 + 4);
      return { key: keyStart < 0 ? undefined : { start: keyStart, end: keyEnd }, value: { start, end } };
    },
  };
}

/** Where to point for a path: at its key or value, or at the nearest that is there above it. */
export function spanAt(places: Places, path: KeyPath, on: 'key' | 'value'): Span {
  for (let length = path.length; length >= 0; length -= 1) {
    const place = places.find(length === path.length ? path : path.slice(0, length));
    if (place === undefined) continue;
    const isWhole = length === path.length;
    return isWhole && on === 'value' ? place.value : (place.key ?? place.value);
  }
  return { start: 0, end: 1 };
}

/** Collects places while a document is read, parents before their children. */
export interface PlaceWriter {
  readonly count: number;
  /** Adds a scalar; it becomes a container when `close` says so. */
  add(name: string | undefined, key: Span | undefined, start: number, end: number): number;
  /** The end of a container, once it is known, with its children in order. */
  close(node: number, start: number, end: number, children: readonly number[]): void;
  /** Gives a node the children of another: an alias stands for what its anchor holds. */
  share(node: number, other: number): void;
  isScalar(node: number): boolean;
  spanOf(node: number): Span;
  table(): PlaceTable;
}

/** Makes room as nodes come. */
export function createPlaceWriter(): PlaceWriter {
  let spans = new Int32Array(4 * 1024);
  let nameIds = new Int32Array(1024);
  let firstChild = new Int32Array(1024);
  let childCount = new Int32Array(1024);
  let children = new Int32Array(1024);
  let count = 0;
  let childTotal = 0;
  const names: string[] = [];
  const ids = new Map<string, number>();

  const idOf = (name: string): number => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, names.length);
    return names.push(name) - 1;
  };

  const makeRoom = () => {
    if (count < nameIds.length) return;
    spans = grown(spans, spans.length * 2);
    nameIds = grown(nameIds, nameIds.length * 2);
    firstChild = grown(firstChild, firstChild.length * 2);
    childCount = grown(childCount, childCount.length * 2);
  };

  return {
    get count() {
      return count;
    },
    add: (name, key, start, end) => {
      makeRoom();
      const node = count;
      count += 1;
      spans[node * 4] = key?.start ?? -1;
      spans[node * 4 + 1] = key?.end ?? -1;
      spans[node * 4 + 2] = start;
      spans[node * 4 + 3] = end;
      nameIds[node] = name === undefined ? -1 : idOf(name);
      childCount[node] = -1;
      return node;
    },
    close: (node, start, end, list) => {
      spans[node * 4 + 2] = start;
      spans[node * 4 + 3] = end;
      if (childTotal + list.length > children.length)
        children = grown(children, Math.max(children.length * 2, childTotal + list.length));
      children.set(list, childTotal);
      firstChild[node] = childTotal;
      childCount[node] = list.length;
      childTotal += list.length;
    },
    share: (node, other) => {
      firstChild[node] = firstChild[other] ?? 0;
      childCount[node] = childCount[other] ?? -1;
    },
    isScalar: (node) => childCount[node] === -1,
    spanOf: (node) => ({ start: spans[node * 4 + 2] ?? 0, end: spans[node * 4 + 3] ?? 1 }),
    table: () => ({
      spans: spans.slice(0, count * 4),
      nameIds: nameIds.slice(0, count),
      firstChild: firstChild.slice(0, count),
      childCount: childCount.slice(0, count),
      children: children.slice(0, childTotal),
      names,
    }),
  };
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
