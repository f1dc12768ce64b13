import type { ConditionKey, Decision, RuleResult, Verdict } from '../decision/decision.ts';
import { renderTable } from './table.ts';

const words = { hit: 'hit', miss: 'miss', unknown: 'may' } as const satisfies Record<Verdict, string>;

/**
 * The rules of a decision as a table: `*` the rule that decided, `~` one that may still act, `-` one that does not.
 * A column for each condition that any of them has; `may`: it depends on a fact that is not known.
 */
export function renderRules(
  route: string,
  decision: Decision,
  {
    placeNow,
    isOpen = false,
  }: {
    /** One more column: where a rule is now. */
    readonly placeNow?: ((rule: RuleResult) => string) | undefined;
    /** True where the answer is not certain, so that no rule has decided. */
    readonly isOpen?: boolean;
  } = {},
): string {
  const { trace } = decision;
  if (trace.length === 0) return '';
  const keys = [...new Set(trace.flatMap(({ conditions }) => conditions.map(({ key }) => key)))];
  const decisive = isOpen ? undefined : decisiveRule(decision);
  const rows = trace.map((rule) => [
    rule === decisive ? '*' : mayAct(rule, isOpen) ? '~' : '-',
    `${route}/${rule.rule}`,
    `${rule.at.file}:${rule.at.line}`,
    ...(placeNow === undefined ? [] : [placeNow(rule)]),
    ...keys.map((key) => cellOf(rule, key)),
    rule === decisive && decision.outcome === 'step_up' && decision.need.methods.length > 0
      ? `would allow after ${decision.need.methods.join(' or ')}`
      : rule.verdict === 'miss' && mayAct(rule, isOpen)
        ? 'may allow after a proof'
        : resultOf(rule),
  ]);
  return renderTable([[' ', 'rule', 'where', ...(placeNow === undefined ? [] : ['now']), ...keys, 'result'], ...rows]);
}

/** A key can be asked for twice, by the rule and by its segment: what keeps the rule from matching is shown. */
function cellOf({ conditions }: RuleResult, key: ConditionKey): string {
  const verdicts = conditions.filter((one) => one.key === key).map(({ verdict }) => verdict);
  const [first] = verdicts;
  if (first === undefined) return '';
  return words[verdicts.includes('miss') ? 'miss' : verdicts.includes('unknown') ? 'unknown' : first];
}

/** The rule that gave a decision its answer. A step-up is owed to the first grant that misses nothing but proof. */
export function decisiveRule(decision: Decision): RuleResult | undefined {
  switch (decision.outcome) {
    case 'allow':
      return decision.grant;
    case 'deny':
      return decision.rule;
    case 'sign_in':
      return undefined;
    case 'step_up':
      return decision.trace.find(
        ({ effect, conditions, isActing }) =>
          effect === 'allow' &&
          isActing !== false &&
          conditions.every(
            ({ key, verdict }) => verdict === 'hit' || key === 'auth' || (key === 'risk' && verdict === 'miss'),
          ),
      );
  }
}

/** In an answer that is open, a grant that misses nothing but a proof may still ask for it. */
function mayAct({ effect, verdict, conditions }: RuleResult, isOpen: boolean): boolean {
  if (verdict === 'unknown') return true;
  const hasUnknown = conditions.some((one) => one.verdict === 'unknown');
  return (
    isOpen &&
    effect === 'allow' &&
    hasUnknown &&
    conditions.every((one) => one.verdict !== 'miss' || one.key === 'auth')
  );
}

function resultOf({ effect, verdict, mode, isActing, bucket }: RuleResult): string {
  const act = effect === 'allow' ? 'allow' : 'deny';
  const shown = mode === undefined || mode === 'enforce' ? '' : ` (${modeText(mode, bucket)})`;
  if (verdict === 'miss') return `not matched${shown}`;
  const word = isActing === false ? 'would' : verdict === 'unknown' ? 'may' : '';
  return `${word === '' ? `${act}s` : `${word} ${act}`}${shown}`.replace('denys', 'denies');
}

function modeText(mode: string, bucket: number | undefined): string {
  if (mode === 'report_only') return 'report only';
  return bucket === undefined ? mode : `${mode}, bucket ${bucket} of 100`;
}

/** The same of one rule, for programs. Stable: keys are added, never changed. */
export function describeRule({ rule, effect, at, verdict, conditions }: RuleResult) {
  return {
    rule,
    effect,
    file: at.file,
    line: at.line,
    verdict,
    conditions: Object.fromEntries(conditions.map((one) => [one.key, one.verdict])),
  };
}
