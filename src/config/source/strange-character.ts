/** A character that looks like another one, or like none. */
export interface StrangeCharacter {
  /** Where it is, in UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
  /** `letter`: of another alphabet, where it may well be meant. */
  readonly kind: 'letter' | 'sign';
  /** What it is, for sentences: `a zero-width space (U+200B), which nobody sees`. */
  readonly says: string;
}

/** Zero-width characters, marks of direction and the soft hyphen: no editor shows them. */
const unseen = /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/;
const everyUnseen = new RegExp(unseen, 'g');

const unseenNames: Readonly<Record<string, string>> = {
  '\u00ad': 'a soft hyphen',
  '\u200b': 'a zero-width space',
  '\u200c': 'a zero-width non-joiner',
  '\u200d': 'a zero-width joiner',
  '\u2060': 'a word joiner',
  '\ufeff': 'a byte order mark',
};

/** Letters of other alphabets by the Latin one that they are drawn like. */
const drawnLike: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'аα',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еҽ',
    g: 'ɡ',
    h: 'һ',
    i: 'іι',
    j: 'јϳ',
    k: 'кκ',
    l: 'ӏ',
    m: 'м',
    n: 'ո',
    o: 'оοօ',
    p: 'рρ',
    q: 'ԛ',
    s: 'ѕ',
    t: 'тτ',
    u: 'υս',
    v: 'ѵν',
    w: 'ԝω',
    x: 'хχ',
    y: 'уγ',
    A: 'АΑ',
    B: 'ВΒ',
    C: 'С',
    E: 'ЕΕ',
    H: 'НΗ',
    I: 'ІΙ',
    J: 'Ј',
    K: 'КΚ',
    M: 'МΜ',
    N: 'Ν',
    O: 'ОΟ',
    P: 'РΡ',
    S: 'Ѕ',
    T: 'ТΤ',
    X: 'ХΧ',
    Y: 'ҮΥ',
    Z: 'Ζ',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);

const plainSigns: ReadonlyMap<string, string> = new Map(
  Object.entries({ '"': '“”„‟″', "'": '‘’‚‛′', '-': '‐‑‒–—―−' }).flatMap(([plain, others]) =>
    [...others].map((other) => [other, plain] as const),
  ),
);

/** The first character of a text that looks like another one or like none; `undefined` where all are what they seem. */
export function findStrangeCharacter(text: string): StrangeCharacter | undefined {
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    const says = /^[\x20-\x7e]$/.test(character) ? undefined : describe(character);
    if (says !== undefined) return { start, end, says, kind: drawnLike.has(character) ? 'letter' : 'sign' };
    start = end;
  }
  return undefined;
}

/** The text as it was probably meant, in plain characters. */
export function plainSpelling(text: string): string {
  return [...text.replace(everyUnseen, '')].map((one) => plainOf(one) ?? (/\p{Cc}/u.test(one) ? '' : one)).join('');
}

/** Shows what nobody sees: `gro<U+200B>ups`. */
export function showUnseen(text: string): string {
  return text.replace(everyUnseen, (character) => `<${codeOf(character)}>`);
}

/** The same in one place each, so that what stands below a line stays below it. */
export function dotUnseen(text: string): string {
  return text.replace(everyUnseen, '·');
}

function describe(character: string): string | undefined {
  const code = codeOf(character);
  if (character === '\0') return `a NUL byte (${code})`;
  if (/\p{Cc}/u.test(character)) return `a control character (${code})`;
  if (unseen.test(character))
    return `${unseenNames[character] ?? 'a character without a shape'} (${code}), which nobody sees`;
  if (/\p{Zs}/u.test(character))
    return `${character === '\u00a0' ? 'a no-break space' : 'a space of another kind'} (${code}), which only looks like a blank`;
  const plain = plainOf(character);
  if (plain === undefined) return undefined;
  if (plainSigns.has(character)) return `${character} (${code}), which is not ${plain}`;
  const alphabet = (['Cyrillic', 'Greek', 'Armenian'] as const).find((name) =>
    new RegExp(`\\p{Script=${name}}`, 'u').test(character),
  );
  const kind = alphabet === undefined ? 'the character' : `the ${alphabet} letter`;
  return `${kind} ${character} (${code}), which looks like ${plain}`;
}

function plainOf(character: string): string | undefined {
  if (/\p{Zs}/u.test(character)) return ' ';
  const known = drawnLike.get(character) ?? plainSigns.get(character);
  if (known !== undefined) return known;
  // Letters of full width, and those of mathematics.
  const folded = character.normalize('NFKC');
  return folded !== character && /^[\x21-\x7e]$/.test(folded) ? folded : undefined;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
