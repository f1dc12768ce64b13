import type { ClaimFacts, ClaimValue } from '../decision/facts.ts';

/** A claim where it stands: the keys that lead to it, and what it says. */
export interface FoundClaim {
  readonly keys: readonly string[];
  readonly value: ClaimValue;
}

type Container = { readonly [name: string]: ClaimValue };

/**
 * Finds a claim by its name. A claim of that very name comes first (`https://corp.example/roles` has dots of its own);
 * otherwise a dot leads into an object. `undefined`: it is absent, or something on the way is no object.
 */
export function findClaim(claims: ClaimFacts, name: string): FoundClaim | undefined {
  if (Object.hasOwn(claims, name)) return foundAt(claims, name);
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot);
    const inner = Object.hasOwn(claims, head) ? claims[head] : undefined;
    const found = isContainer(inner) ? findClaim(inner, name.slice(dot + 1)) : undefined;
    if (found !== undefined) return { keys: [head, ...found.keys], value: found.value };
  }
  return undefined;
}

function foundAt(claims: Container, name: string): FoundClaim | undefined {
  const value = claims[name];
  return value === undefined ? undefined : { keys: [name], value };
}

function isContainer(value: ClaimValue | undefined): value is Container {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** These claims alone, in the places where they stand: what a record may hold of a person. Those that are absent are left out. */
export function pickClaims(claims: ClaimFacts, names: readonly string[]): ClaimFacts {
  const picked: Record<string, ClaimValue> = Object.create(null);
  for (const name of names) {
    const found = findClaim(claims, name);
    if (found !== undefined) place(picked, found.keys, found.value);
  }
  return picked;
}

type Growing = Record<string, ClaimValue>;

function place(into: Growing, [key, ...rest]: readonly string[], value: ClaimValue): void {
  if (key === undefined) return;
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const known = into[key];
  const inner: Growing = Object.assign(Object.create(null), isContainer(known) ? known : {});
  place(inner, rest, value);
  into[key] = inner;
}
