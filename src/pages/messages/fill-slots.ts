/** The names of the slots of a text: `SlotNames<'Hello {name}'>` is `'name'`. */
export type SlotNames<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | SlotNames<Rest>
  : never;

/** A value for each slot of a text; nothing where it has none. */
export type Slots<Text extends string, Value> = { readonly [Name in SlotNames<Text>]: Value };

const slot = /\{(\w+)\}/;

/**
 * Puts values into the slots of a text and answers the pieces in order. What a value says is never read as a slot.
 * A slot without a value stays as it is written, so that a mistake shows.
 */
export function fillSlots<Value>(text: string, values: Readonly<Record<string, Value>>): (string | Value)[] {
  const pieces: (string | Value)[] = [];
  text.split(slot).forEach((piece, index) => {
    if (index % 2 === 0) {
      if (piece !== '') pieces.push(piece);
      return;
    }
    const value = Object.hasOwn(values, piece) ? values[piece] : undefined;
    pieces.push(value === undefined ? `{${piece}}` : value);
  });
  return pieces;
}
