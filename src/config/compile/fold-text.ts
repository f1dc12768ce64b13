const beyondAscii = /\P{ASCII}/u;
const unseen = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * A text as software reads it that regards neither case nor width: Unicode's NFKC_Casefold (characters that nobody sees are
 * left out, `ß` is `ss`, `Ａ` is `a`), and the two i of Turkish as the one of everybody else. Texts that differ in
 * accents stay different. Only ever compared, and settled: folding it again changes nothing.
 */
export function foldText(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase();
  // What the second round finds, the first one uncovered.
  // Decomposed, so that the pieces of a pattern come to what the whole comes to.
  return foldOnce(foldOnce(text)).normalize('NFKD');
}

function foldOnce(text: string): string {
  const one = text.normalize('NFKC').replace(unseen, '');
  // There and back: ẞ has only a lower case of its own, ß only an upper one.
  const cased = one.toLowerCase().toUpperCase().toLowerCase();
  return cased.replaceAll('i\u0307', 'i').replaceAll('ς', 'σ');
}
