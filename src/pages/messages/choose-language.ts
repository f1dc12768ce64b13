import type { LocalText } from '../../config/values/local-text.ts';

/** The languages that pages exist in. */
export type Language = 'en' | 'de';

export const languages = ['en', 'de'] as const satisfies readonly Language[];

const fallbackLanguage: Language = 'en';
const longestHeader = 400;
const languageTag = /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/;

/**
 * The languages that a browser asks for, best first, in lower case (RFC 9110 §12.5.4). Odd parts are skipped;
 * what is longer than a browser would send is not read.
 */
export function readAcceptLanguage(header: string | undefined): readonly string[] {
  if (header === undefined || header.length > longestHeader) return [];
  const wishes: { readonly tag: string; readonly weight: number }[] = [];
  for (const part of header.toLowerCase().split(',')) {
    const [tag = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = readWeight(parameters);
    if (weight > 0 && languageTag.test(tag)) wishes.push({ tag, weight });
  }
  return wishes.sort((one, other) => other.weight - one.weight).map((wish) => wish.tag);
}

function readWeight(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  if (quality === undefined) return 1;
  const weight = Number(quality.slice(2));
  return weight >= 0 && weight <= 1 ? weight : 0;
}

/** The page's language: the first wish that we have, by its primary tag; English where there is none. */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const found = languages.find((language) => language === primaryTag(wish));
    if (found !== undefined) return found;
  }
  return fallbackLanguage;
}

/** A text that an administrator wrote, in the language that suits the reader best. */
export interface ChosenText {
  readonly text: string;
  /** For the `lang` attribute; `undefined` when it is not known, or the key is not a language tag. */
  readonly language: string | undefined;
}

/**
 * Picks from texts by language: the reader's wishes in order (exact tag, then primary tag), then the page's own
 * language, then English, then whatever comes first. A text for everybody says nothing of its language.
 */
export function chooseText(
  texts: LocalText,
  wishes: readonly string[],
  pageLanguage: Language,
): ChosenText | undefined {
  if (typeof texts === 'string') return { text: texts, language: undefined };
  const offers = Object.entries(texts).map(([tag, text]) => ({ tag: tag.toLowerCase(), text }));
  for (const wish of [...wishes, pageLanguage, fallbackLanguage]) {
    const offer =
      offers.find((candidate) => candidate.tag === wish) ??
      offers.find((candidate) => primaryTag(candidate.tag) === primaryTag(wish));
    if (offer !== undefined) return { text: offer.text, language: offer.tag };
  }
  const [first] = offers;
  if (first === undefined) return undefined;
  return { text: first.text, language: languageTag.test(first.tag) ? first.tag : undefined };
}

function primaryTag(tag: string): string {
  const end = tag.indexOf('-');
  return end === -1 ? tag : tag.slice(0, end);
}
