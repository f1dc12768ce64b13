import type { KeyPath } from '../problem.ts';
import type { GrantDraft } from '../schema/configuration-schema.ts';
import type { CheckContext } from './check-context.ts';

/** Hours that begin and end at once: nobody can tell whether never or always was meant. */
export function checkHours(context: CheckContext): void {
  const { draft } = context;
  for (const [name, segment] of Object.entries(draft.segments ?? {}))
    checkOne(context, segment?.require, () => ['segments', name, 'require']);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    for (const effect of ['allow', 'deny'] as const)
      for (const [at, rule] of (route?.[effect] ?? []).entries())
        checkOne(context, rule, () => ['routes', index, effect, at]);
  }
}

function checkOne({ reporter }: CheckContext, rule: Pick<GrantDraft, 'hours'> | undefined, path: () => KeyPath): void {
  const { from, to } = rule?.hours ?? {};
  if (from === undefined || from !== to) return;
  reporter.report([...path(), 'hours', 'to'], 'P048', 'the hours end as they begin', {
    help: 'for the whole day write from: "00:00" and to: "24:00"',
  });
}
