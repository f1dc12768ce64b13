const longestName = 160;

/** Keeps a text from outside short enough for a page; what is cut is marked with an ellipsis. */
export function clipText(text: string, longest: number = longestName): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
