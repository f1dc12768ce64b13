import type { PathRewrite } from '../config/route.ts';
import { canonicalPath } from '../http/canonical-path.ts';

/** The path that the app gets, or why it gets none. */
export type RewrittenPath =
  | {
      readonly outcome: 'rewritten';
      readonly path: string;
      /** The path, and where the route keeps slashes as the app could read it too. */
      readonly readings: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly detail: string };

/**
 * Makes the path that the app gets out of the one that was matched and judged. What comes out must be spelled as every
 * path is that comes in (security-rules.md 44): otherwise a prefix that was taken away could uncover what no rule saw.
 */
export function rewritePath({ strip, add }: PathRewrite, path: string): RewrittenPath {
  const rest = strip !== '' && path.startsWith(strip) ? path.slice(strip.length) : path;
  if (rest !== '' && !rest.startsWith('/')) return refused('The prefix that is taken away ends inside a segment.');
  const rewritten = add + (rest === '' ? '/' : rest);
  const canonical = canonicalPath(rewritten);
  if (canonical.outcome === 'refused') return refused(`Rewritten for the app: ${canonical.detail}`);
  if (canonical.path !== rewritten) return refused('Rewritten for the app, the path has another spelling.');
  const { otherReading } = canonical;
  const readings = otherReading === undefined ? [rewritten] : [rewritten, otherReading.path];
  return { outcome: 'rewritten', path: rewritten, readings };
}

function refused(detail: string): RewrittenPath {
  return { outcome: 'refused', detail };
}
