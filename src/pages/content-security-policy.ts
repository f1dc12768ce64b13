import { createHash } from 'node:crypto';
import { stylesheet } from './stylesheet.ts';

const styleHash = createHash('sha256').update(stylesheet).digest('base64');

const foundation = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "img-src 'self' data:",
  "base-uri 'none'",
] as const;

/**
 * The policy of a full page: no script, pictures of its own host, the one style by its hash, never inside a frame.
 * @param formTargets further origins that a form of this page may end up at. Browsers apply `form-action` to redirects
 *   too, so a sign-out that goes on to the provider is blocked unless the provider's origin is named.
 */
export function fullPagePolicy(formTargets: readonly string[] = []): string {
  const origins = formTargets.map((target) => new URL(target).origin).filter((origin) => origin !== 'null');
  return [...foundation, ["form-action 'self'", ...new Set(origins)].join(' '), "frame-ancestors 'none'"].join('; ');
}

/**
 * The policy of a small page for a frame. A refusal inside a frame must be seen, so any page may frame it; that is safe
 * because it has no form, names nobody, and only links to a full page in the whole window.
 */
export const framedPagePolicy = [...foundation, "form-action 'none'"].join('; ');

/** The policy of the two pages with a script: our own file alone, which may ask our own host alone. */
export const scriptPagePolicy = [fullPagePolicy(), "script-src 'self'", "connect-src 'self'"].join('; ');
