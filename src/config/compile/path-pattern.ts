import type { PathPattern } from '../../policy/rule.ts';
import { foldGlob, readingsOf } from './loose-path.ts';
import { compileStarPattern } from './star-pattern.ts';

/**
 * Compiles a path glob: `*` alone is one segment that is not empty, `*` beside other characters is any part of a
 * segment, `**` is any number of segments, none too (`/reports/**` covers `/reports`). No regular expressions: the
 * time is bounded by path length times pattern length, whatever a client sends.
 * @param source checked by `parsePathGlob` before.
 */
export function compilePathPattern(source: string): PathPattern {
  const exact = compile(source);
  const lower = source.toLowerCase();
  const folded = foldGlob(source);
  const anyCase = compile(lower);
  const likeIt = folded === lower ? anyCase : compile(folded);
  return {
    source,
    matches: exact,
    matchesAnyCase: (canonicalPath) => readingsOf(canonicalPath).some((reading) => anyCase(reading) || likeIt(reading)),
  };
}

type PathTest = (path: string) => boolean;
type SegmentTest = (segment: string) => boolean;

function compile(source: string): PathTest {
  if (!source.includes('*')) return (path) => path === source;
  const blocks = splitBlocks(source.slice(1).split('/'));
  const head = blocks[0] ?? [];
  if (blocks.length === 1) {
    return (path) => {
      const segments = path.slice(1).split('/');
      return segments.length === head.length && fitsAt(head, segments, 0);
    };
  }
  const tail = blocks.at(-1) ?? [];
  const middle = blocks.slice(1, -1);
  const least = blocks.reduce((sum, block) => sum + block.length, 0);
  return (path) => {
    const segments = path === '/' ? [] : path.slice(1).split('/');
    if (segments.length < least || !fitsAt(head, segments, 0)) return false;
    const tailAt = segments.length - tail.length;
    if (!fitsAt(tail, segments, tailAt)) return false;
    let at = head.length;
    for (const block of middle) {
      while (at + block.length <= tailAt && !fitsAt(block, segments, at)) at += 1;
      if (at + block.length > tailAt) return false;
      at += block.length;
    }
    return true;
  };
}

/** The runs of segments between `**`: the first stands at the start, the last at the end, those between as early as they fit. */
function splitBlocks(segments: readonly string[]): readonly (readonly SegmentTest[])[] {
  const blocks: SegmentTest[][] = [[]];
  for (const segment of segments) {
    if (segment === '**') blocks.push([]);
    else blocks.at(-1)?.push(compileSegment(segment));
  }
  return blocks;
}

function fitsAt(block: readonly SegmentTest[], segments: readonly string[], at: number): boolean {
  for (let index = 0; index < block.length; index += 1) {
    const segment = segments[at + index];
    if (segment === undefined || block[index]?.(segment) !== true) return false;
  }
  return true;
}

/** `*` alone is a segment, and an empty one is none. */
function compileSegment(pattern: string): SegmentTest {
  return pattern === '*' ? (segment) => segment !== '' : compileStarPattern(pattern);
}
