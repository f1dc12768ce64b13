/** A common name that can be a device's: bounded, printable, and one only. */
const nameShape = /^[\x21-\x7e][\x20-\x7e]{0,127}$/;
const otherAuthority = /@[0-9a-f]{32}$/;

/**
 * A device is an authority and a name (security-rules.md 35). The id of one whose authority gives names as they are is its common
 * name; that of any other says the authority too, as `NAME@KEY`. `undefined` for a name that is none, or that could be taken
 * for such an id.
 * @param authority the first 32 hex digits of its key's SHA-256; `undefined`: its names stand alone.
 */
export function deviceIdOf(name: unknown, authority: string | undefined): string | undefined {
  if (typeof name !== 'string' || !nameShape.test(name) || otherAuthority.test(name)) return undefined;
  return authority === undefined ? name : `${name}@${authority}`;
}
