import type { Reporter } from '../reporter.ts';
import type { ConfigurationDraft, RouteDraft } from '../schema/configuration-schema.ts';

/** What every check between keys is given. Parts that were refused already are `undefined` in the draft. */
export interface CheckContext {
  readonly draft: ConfigurationDraft;
  readonly reporter: Reporter;
  /** `middleware`: somebody else's server listens, and `to: next` is known. */
  readonly shape: 'server' | 'middleware';
}

/** Where a name was defined, for help: "did you mean … (postern.yaml:13)". */
export function definedAt(reporter: Reporter, path: readonly (string | number)[]): string {
  const at = reporter.position(path, 'key');
  return `${at.file}:${at.line}`;
}

/** The upstreams of a route as the file has them, one or a list; one that was refused already is `undefined`. */
export function upstreamsAsWritten({ to }: RouteDraft): readonly (string | undefined)[] {
  return typeof to === 'string' ? [to] : (to ?? []);
}
