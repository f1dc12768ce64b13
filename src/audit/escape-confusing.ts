// JSON leaves these as they are; terminals, log viewers and JavaScript read them as line ends or as a change of direction.
const confusing = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const everyConfusing = new RegExp(confusing, 'g');

/** Makes JSON text safe to look at: what a terminal would obey or a script would break on is written as an escape (ASVS 16.4.1). */
export function escapeConfusing(text: string): string {
  if (!confusing.test(text)) return text;
  return text.replace(everyConfusing, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
