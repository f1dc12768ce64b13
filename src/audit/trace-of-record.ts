import { z } from 'zod';
import type {
  ConditionKey,
  ConditionResult,
  RuleResult,
  SegmentReference,
  SourcePosition,
  Verdict,
} from '../decision/decision.ts';
import type { RecordedEvent } from './audit-event.ts';

const verdict = z.enum(['hit', 'miss', 'unknown']);
const conditions = z.record(z.string(), verdict);
const storedRule = z.object({
  rule: z.string(),
  effect: z.enum(['allow', 'deny']),
  at: z.string(),
  verdict,
  conditions,
  segment: z.object({ name: z.string(), at: z.string(), conditions }).optional(),
  mode: z.enum(['report_only', 'partial', 'enforce']).optional(),
  acting: z.boolean().optional(),
  bucket: z.number().optional(),
});

/** The rules of a recorded decision as they came out then; those that cannot be read are left out. */
export function traceOfRecord({ rules }: RecordedEvent['event']): readonly RuleResult[] {
  return (Array.isArray(rules) ? rules : []).flatMap((value) => {
    const parsed = storedRule.safeParse(value);
    return parsed.success ? [toResult(parsed.data)] : [];
  });
}

function toResult({
  rule,
  effect,
  at,
  verdict,
  conditions,
  segment,
  mode,
  acting,
  bucket,
}: z.infer<typeof storedRule>) {
  const added = segment && { name: segment.name, at: positionOf(segment.at) };
  const result: RuleResult = {
    rule,
    effect,
    at: positionOf(at),
    verdict,
    conditions: [...toConditions(conditions), ...toConditions(segment?.conditions ?? {}, added)],
    ...(mode === undefined ? {} : { mode }),
    ...(acting === undefined ? {} : { isActing: acting }),
    ...(bucket === undefined ? {} : { bucket }),
  };
  return result;
}

function toConditions(
  conditions: Readonly<Record<string, Verdict>>,
  segment?: SegmentReference,
): readonly ConditionResult[] {
  return Object.entries(conditions).map(([key, verdict]) => ({
    // A key that a later Postern knows is shown as it is.
    key: key as ConditionKey,
    verdict,
    ...(segment === undefined ? {} : { segment }),
  }));
}

/** Reads `postern.yaml:34:9`; what is not in this form is all file. */
function positionOf(text: string): SourcePosition {
  const match = /^(.*):(\d+):(\d+)$/s.exec(text);
  return { file: match?.[1] ?? text, line: Number(match?.[2] ?? 0), column: Number(match?.[3] ?? 0) };
}
