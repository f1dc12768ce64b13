import { accept, type Parsed, refuse } from './parsed.ts';

/** Splits `a.b\.c` into `a` and `b.c`; the empty text is the whole. */
export function parseJsonPath(text: string): readonly string[] {
  if (text === '') return [];
  return text.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
}

const part = String.raw`(?:[^.\\\s]|\\\.){1,128}`;
/** What a path looks like, for editors too. */
export const jsonPathPattern = `^${part}(?:\\.${part}){0,7}$`;
const shape = new RegExp(jsonPathPattern);

/** Reads a path through nested objects: names with dots between them, a dot inside a name as `\.`. */
export function readJsonPath(text: string): Parsed<string> {
  if (shape.test(text)) return accept(text);
  return refuse(
    'P019',
    'is not a path in JSON',
    'write names with dots between them, for example hardware.serialNumber',
  );
}
