import { isRecord } from '../config/is-record.ts';
import { escapeConfusing } from './escape-confusing.ts';

/**
 * Both directions of one form, so that reading a record gives what was written (security-rules.md 39). Text is joined by hand,
 * since it is done once for each request: a tree of objects made only to be serialised costs twice as much.
 */
export interface Codec<Value> {
  /** JSON text. */
  encode(value: Value): string;
  /** From parsed JSON; `undefined` when it is not in this form: what another Postern wrote is not guessed at. */
  decode(json: unknown): Value | undefined;
}

/** How a key of an object stands in the file: under which name, or not at all. */
interface Field<Value> {
  /** `undefined`: it is not written down. */
  readonly name: string | undefined;
  readonly isRequired: boolean;
  readonly codec: Codec<Value>;
}

interface RequiredField<Value> extends Field<Value> {
  readonly isRequired: true;
}

interface OptionalField<Value> extends Field<Value> {
  readonly isRequired: false;
}

type FieldOf<Value> = undefined extends Value ? OptionalField<Exclude<Value, undefined>> : RequiredField<Value>;

/** Every key has to be named, one that is not written down too: a fact that nobody thought of does not compile. */
export type Fields<Value> = { readonly [Key in keyof Value]-?: FieldOf<Value[Key]> };

export function required<Value>(name: string, codec: Codec<Value>): RequiredField<Value> {
  return { name, isRequired: true, codec };
}

/** A key that is left out while its value is not known. */
export function optional<Value>(name: string, codec: Codec<Value>): OptionalField<Value> {
  return { name, isRequired: false, codec };
}

/** Of a key that no record needs. */
export const unwritten: OptionalField<never> = {
  name: undefined,
  isRequired: false,
  codec: { encode: () => '', decode: () => undefined },
};

/** Any text that somebody chose. */
export const text: Codec<string> = { encode: quote, decode: asText };

export const count: Codec<number> = {
  // What JSON has no word for is written so that the line can be read, and its facts are not.
  encode: (value) => (Number.isFinite(value) ? `${value}` : 'null'),
  decode: (json) => (typeof json === 'number' ? json : undefined),
};

export const flag: Codec<boolean> = {
  encode: (value) => `${value}`,
  decode: (json) => (typeof json === 'boolean' ? json : undefined),
};

/** One of a few words, none of which has to be escaped. */
export function oneOf<Word extends string>(words: readonly Word[]): Codec<Word> {
  return { encode: (value) => `"${value}"`, decode: (json) => words.find((word) => word === json) };
}

export const scalar: Codec<string | number | boolean> = {
  encode: (value) =>
    typeof value === 'string' ? quote(value) : typeof value === 'number' ? count.encode(value) : flag.encode(value),
  decode: (json) =>
    typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' ? json : undefined,
};

export function listOf<Value>(codec: Codec<Value>): Codec<readonly Value[]> {
  return {
    encode: (values) => `[${values.map(codec.encode).join(',')}]`,
    decode: (json) => (Array.isArray(json) ? whole(json.map(codec.decode)) : undefined),
  };
}

/** An object whose keys somebody chose, each of which is a key of its value too. */
export function tableBy<Key extends string, Value extends { readonly [Name in Key]: string }>(
  key: Key,
  fields: Fields<Omit<Value, Key>>,
): Codec<Readonly<Record<string, Value>>> {
  const row = objectOf<Omit<Value, Key>>(fields);
  return {
    encode: (table) =>
      `{${Object.values(table)
        .map((value) => `${quote(value[key])}:${row.encode(value)}`)
        .join(',')}}`,
    decode(json) {
      if (!isRecord(json)) return undefined;
      const rows = whole(
        Object.entries(json).map(([name, value]): [string, Value] | undefined => {
          const decoded = row.decode(value);
          // The row and its key are all that such a value has.
          return decoded && [name, { [key]: name, ...decoded } as unknown as Value];
        }),
      );
      return rows && Object.fromEntries(rows);
    },
  };
}

/** An object of known keys, in the order in which they are named here. @param fixed written in front of them, and not read. */
export function objectOf<Value>(fields: Fields<Value>, fixed: Readonly<Record<string, string>> = {}): Codec<Value> {
  const keys = Object.keys(fields) as (keyof Value)[];
  const written = keys.flatMap((key) => {
    // Each codec is of its own key's type, which a loop over keys cannot say.
    const { name, isRequired, codec } = fields[key] as Field<unknown>;
    return name === undefined ? [] : [{ key, name, head: `${quote(name)}:`, isRequired, codec }];
  });
  const known = new Set([...Object.keys(fixed), ...written.map(({ name }) => name)]);
  const start = Object.entries(fixed)
    .map(([name, value]) => `${quote(name)}:${quote(value)}`)
    .join(',');
  return {
    encode(value) {
      let joined = start;
      for (const { key, head, codec } of written) {
        const part = value[key];
        if (part !== undefined) joined += `${joined === '' ? '' : ','}${head}${codec.encode(part)}`;
      }
      return `{${joined}}`;
    },
    decode(json) {
      if (!isRecord(json) || Object.keys(json).some((name) => !known.has(name))) return undefined;
      const decoded: Partial<Record<keyof Value, unknown>> = {};
      for (const { key, name, isRequired, codec } of written) {
        if (Object.hasOwn(json, name)) {
          const part = codec.decode(json[name]);
          if (part === undefined) return undefined;
          decoded[key] = part;
        } else if (isRequired) return undefined;
      }
      return decoded as Value;
    },
  };
}

/** What is the same from event to event is made once for as long as its object lives. */
export function encodeOnce<Value extends object>(encode: (value: Value) => string): (value: Value) => string {
  const known = new WeakMap<Value, string>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const made = encode(value);
    known.set(value, made);
    return made;
  };
}

// Neither to be escaped in JSON nor of those that confuse.
const plain = /^[ !#-[\]-~]*$/;

/** JSON text that is safe to look at. Nearly every text is plain, and that is told in half the time. */
export function quote(value: string): string {
  return plain.test(value) ? `"${value}"` : escapeConfusing(JSON.stringify(value));
}

/** The same of whatever JSON can hold. */
export function quoteTree(value: unknown): string {
  return escapeConfusing(JSON.stringify(value));
}

function asText(json: unknown): string | undefined {
  return typeof json === 'string' ? json : undefined;
}

/** All of them, or nothing. */
function whole<Value>(values: readonly (Value | undefined)[]): readonly Value[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}
