import type { KeyPath } from '../problem.ts';
import type { GrantDraft, RouteDraft } from '../schema/configuration-schema.ts';
import type { CheckContext } from './check-context.ts';

/** A staged rule says whom it acts on, and a rule that says so is staged: half of it would be a rule for everyone or nobody. */
export function checkModes(context: CheckContext, route: RouteDraft, path: KeyPath): void {
  for (const effect of ['allow', 'deny'] as const) {
    for (const [index, rule] of (route[effect] ?? []).entries()) {
      if (rule !== undefined) checkMode(context, rule, [...path, effect, index]);
    }
  }
}

function checkMode(
  { reporter }: CheckContext,
  { mode, rollout }: Pick<GrantDraft, 'mode' | 'rollout'>,
  path: KeyPath,
): void {
  if (reporter.hasError([...path, 'mode']) || reporter.hasError([...path, 'rollout'])) return;
  if (mode === 'partial' && rollout === undefined) {
    reporter.report([...path, 'mode'], 'P056', 'mode: partial does not say whom the rule acts on', {
      help: 'add rollout: { percent: 5, by: user }',
    });
  }
  if (mode !== 'partial' && rollout !== undefined) {
    reporter.report([...path, 'rollout'], 'P056', 'rollout has no meaning without mode: partial', {
      help: mode === 'off' || mode === 'report_only' ? 'remove it, or write mode: partial' : 'add mode: partial',
      on: 'key',
    });
  }
}
