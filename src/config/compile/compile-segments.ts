import type { RuleContext } from '../../policy/conditions/condition-words.ts';
import type { SegmentRequirement } from '../../policy/rule.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import type { Segment } from '../snapshot.ts';
import { compileGrant } from './compile-rules.ts';

/** Compiles every segment. What it requires is compiled as a grant is, so that both read every key alike. */
export function compileSegments(
  segments: Configuration['segments'],
  context: RuleContext,
): ReadonlyMap<string, Segment> {
  const compiled = new Map<string, Segment>();
  for (const [name, { upstreams, require }] of Object.entries(segments)) {
    compiled.set(name, {
      name,
      at: context.positionOf(['segments', name]),
      networks: upstreams,
      requirement: require === undefined ? undefined : compileRequirement(name, require, context),
    });
  }
  return compiled;
}

function compileRequirement(
  name: string,
  require: NonNullable<Configuration['segments'][string]['require']>,
  context: RuleContext,
): SegmentRequirement {
  const path = ['segments', name, 'require'];
  return { name, at: context.positionOf(path), keys: compileGrant({ ...require, id: name }, path, context) };
}
