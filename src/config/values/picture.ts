import { createHash } from 'node:crypto';

/** A picture that pages show. Its bytes were checked to be one: whatever else a file holds is not published. */
export interface Picture {
  readonly type: 'image/svg+xml' | 'image/png' | 'image/webp';
  readonly bytes: Uint8Array;
  /** SHA-256 in hex: another picture has another one. */
  readonly hash: string;
}

/** What came of reading a picture; `why` completes "the file … ". Never a part of the file. */
export type PictureRead =
  | { readonly ok: true; readonly picture: Picture }
  | { readonly ok: false; readonly why: string; readonly help: string };

/** Enough for a logo; a photograph has no place on a page that is to show at once. */
export const maxPictureBytes = 64 * 1024;

/** A few bytes can be a picture that takes gigabytes to show. */
const longestSide = 2048;

/**
 * Reads a picture and goes by its content alone: a name that ends in .svg makes no picture of a file of secrets.
 * An SVG must not be able to run anything; that its answer is sandboxed as well is the second line.
 */
export function readPicture(bytes: Uint8Array): PictureRead {
  if (isPng(bytes)) return accepted(bytes, 'image/png', sidesOfPng(bytes));
  if (isWebp(bytes)) return accepted(bytes, 'image/webp', undefined);
  const text = textOf(bytes);
  if (text === undefined || !isSvg(text)) return refused('is no picture', 'name a file in SVG, PNG or WebP');
  if (!text.includes('http://www.w3.org/2000/svg'))
    return refused('has no namespace, so browsers do not show it', 'add xmlns="http://www.w3.org/2000/svg" to <svg>');
  const active = activeParts.find(({ pattern }) => pattern.test(text));
  if (active !== undefined) return refused(`has ${active.name}`, 'remove it: a picture of a page runs nothing');
  return accepted(bytes, 'image/svg+xml', undefined);
}

function accepted(bytes: Uint8Array, type: Picture['type'], sides: readonly number[] | undefined): PictureRead {
  if (sides?.some((side) => side > longestSide) === true)
    return refused(`is larger than ${longestSide} × ${longestSide} pixels`, 'make it smaller: it is shown at 40');
  const hash = createHash('sha256').update(bytes).digest('hex');
  // A copy with memory of its own: a small buffer shares it with whatever was read beside it.
  return { ok: true, picture: { type, bytes: Uint8Array.from(bytes), hash } };
}

function refused(why: string, help: string): PictureRead {
  return { ok: false, why, help };
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The signature, then whole chunks from IHDR to IEND, and nothing behind (PNG, section 5). */
function isPng(bytes: Uint8Array): boolean {
  if (!pngSignature.every((byte, index) => bytes[index] === byte)) return false;
  const view = viewOf(bytes);
  for (let at = pngSignature.length, isFirst = true; at + 12 <= bytes.length; isFirst = false) {
    const name = nameAt(bytes, at + 4);
    if (isFirst && (name !== 'IHDR' || view.getUint32(at) !== 13)) return false;
    at += view.getUint32(at) + 12;
    if (name === 'IEND') return at === bytes.length;
  }
  return false;
}

function sidesOfPng(bytes: Uint8Array): readonly number[] {
  const view = viewOf(bytes);
  return [view.getUint32(16), view.getUint32(20)];
}

/** A RIFF file of the kind WEBP that is as long as it says (RFC 9649, section 2.4). Its sides are at most 16384. */
function isWebp(bytes: Uint8Array): boolean {
  if (bytes.length < 20 || nameAt(bytes, 0) !== 'RIFF' || nameAt(bytes, 8) !== 'WEBP') return false;
  return /^VP8[ LX]$/.test(nameAt(bytes, 12)) && viewOf(bytes).getUint32(4, true) + 8 === bytes.length;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const nameAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One `<svg>` element, with nothing before it but what an XML file may begin with. */
function isSvg(text: string): boolean {
  let rest = text.trim();
  if (rest.startsWith('<?xml')) rest = after(rest, '?>');
  while (rest.startsWith('<!--')) rest = after(rest, '-->');
  if (/^<!doctype\s+svg\b/i.test(rest)) rest = after(rest, '>');
  while (rest.startsWith('<!--')) rest = after(rest, '-->');
  return /^<svg[\s>]/.test(rest) && rest.endsWith('</svg>');
}

function after(text: string, end: string): string {
  const at = text.indexOf(end);
  return at === -1 ? '' : text.slice(at + end.length).trimStart();
}

/** What an SVG can act by. */
const activeParts: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'a script', pattern: /<(?:[^\s<>/:]+:)?script\b/iu },
  { name: 'an event handler (on…)', pattern: /[\s"'/]on[a-z]+\s*=/i },
  { name: 'a javascript: link', pattern: /j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:/i },
  {
    name: 'HTML in it',
    pattern: /<(?:[^\s<>/:]+:)?(?:foreignObject|html|body|meta|base|iframe|frame|object|embed|form)\b/iu,
  },
  // These could spell the others.
  { name: 'declarations in its doctype', pattern: /<!(?:ENTITY|ATTLIST|ELEMENT|NOTATION)\b|<!DOCTYPE[^>[]*\[/i },
  { name: 'character references (&#…;)', pattern: /&#/ },
];
