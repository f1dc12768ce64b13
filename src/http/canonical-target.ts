import type { KeptSlashes } from './canonical-path.ts';

/** What a request asks for, parsed once. The object that is matched is the object that is forwarded (security-rules.md 17). */
export interface CanonicalTarget {
  readonly method: string;
  /** Lower case, without port and trailing dot. */
  readonly host: string;
  /** The port in the Host header; `undefined` when it names none. */
  readonly port: number | undefined;
  /** Canonical: unreserved characters decoded, hex in upper case, no dot segments. Begins with `/`. */
  readonly path: string;
  /** Set where an app could take slashes of the path for something else: how it would read it. Both are judged (security-rules.md 43). */
  readonly otherReading?: { readonly path: string; readonly because: KeptSlashes; readonly detail: string } | undefined;
  /** With its `?`, byte for byte as sent; empty when there is none. */
  readonly query: string;
}

/** The Host header that goes upstream: the public host and port that the client asked for, in canonical spelling. */
export function hostHeader(target: CanonicalTarget): string {
  return target.port === undefined ? target.host : `${target.host}:${target.port}`;
}
