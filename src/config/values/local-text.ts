/** What an administrator wrote for people: one text for everybody, or a text for each language, by its tag. */
export type LocalText = string | Readonly<Record<string, string>>;

/** A text as tools show it that speak English alone: the English one where there is one. */
export function englishOf(text: LocalText): string {
  if (typeof text === 'string') return text;
  const english = Object.keys(text).find((tag) => /^en(-|$)/i.test(tag));
  return (english === undefined ? Object.values(text)[0] : text[english]) ?? '';
}
