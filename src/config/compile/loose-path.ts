/**
 * The canonical path as the most careless server would read it: in lower case, without path parameters (`;x=1`, as Java
 * servers drop them) and without blanks or dots at the end of a segment (as Windows drops them). It is only ever
 * compared, for what must not be missed: a denial, or a stricter route below a laxer one (SECURITY.md 17). What is
 * forwarded stays as it was matched.
 */
export function loosePath(canonicalPath: string): string {
  const lower = canonicalPath.toLowerCase();
  if (!isSuspect(lower)) return lower;
  return lower
    .split('/')
    .map(looseSegment)
    .filter((segment, index, all) => segment !== '' || index === 0 || index === all.length - 1)
    .join('/');
}

function isSuspect(lower: string): boolean {
  return lower.includes(';') || lower.includes('%') || lower.includes('.');
}

function looseSegment(segment: string): string {
  const plain = segment.replaceAll('%3b', ';').replaceAll('%20', ' ');
  const parameters = plain.indexOf(';');
  let end = parameters === -1 ? plain.length : parameters;
  while (end > 0 && (plain[end - 1] === ' ' || plain[end - 1] === '.')) end -= 1;
  return plain.slice(0, end).replaceAll(' ', '%20');
}
