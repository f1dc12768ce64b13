import { isRecord } from '../config/is-record.ts';

/**
 * Whether an answer of the server has what a command prints; what else it has stays in it. Plain guards in place of
 * schemas: loading the schema library takes longer than everything else that such a command does.
 */
export type Shape<Value> = (value: unknown) => value is Value;

export type ShapeOf<S> = S extends Shape<infer Value> ? Value : never;

export const text: Shape<string> = (value) => typeof value === 'string';
export const number: Shape<number> = (value) => typeof value === 'number';
export const flag: Shape<boolean> = (value) => typeof value === 'boolean';
export const nothing: Shape<null> = (value) => value === null;

export function oneOf<Word extends string>(...words: readonly Word[]): Shape<Word> {
  return (value): value is Word => words.some((word) => word === value);
}

export function optional<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return (value): value is Value | undefined => value === undefined || shape(value);
}

export function either<One, Other>(one: Shape<One>, other: Shape<Other>): Shape<One | Other> {
  return (value): value is One | Other => one(value) || other(value);
}

export function list<Value>(item: Shape<Value>): Shape<readonly Value[]> {
  return (value): value is readonly Value[] => Array.isArray(value) && value.every(item);
}

/** An object whose keys the server chooses. */
export function table<Value>(item: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value): value is Readonly<Record<string, Value>> => isRecord(value) && Object.values(value).every(item);
}

/** An object with these keys, and others. */
export function object<Members extends Readonly<Record<string, (value: unknown) => boolean>>>(
  members: Members,
): Shape<{ readonly [Key in keyof Members]: ShapeOf<Members[Key]> }> {
  const entries = Object.entries(members);
  return (value): value is { readonly [Key in keyof Members]: ShapeOf<Members[Key]> } =>
    isRecord(value) && entries.every(([key, member]) => member(Object.hasOwn(value, key) ? value[key] : undefined));
}
