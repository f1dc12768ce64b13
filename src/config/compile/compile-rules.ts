import { canonicalEmail } from '../../policy/canonical-email.ts';
import type { RuleContext } from '../../policy/conditions/condition-words.ts';
import { compileConditions } from '../../policy/conditions/conditions-of-rule.ts';
import type { Denial, Grant } from '../../policy/rule.ts';
import type { KeyPath } from '../problem.ts';
import type { Configuration } from '../schema/configuration-schema.ts';

type GrantSettings = Configuration['routes'][number]['allow'][number];
type ModeSettings = Partial<Pick<GrantSettings, 'mode' | 'rollout'>>;
type DenialSettings = Configuration['routes'][number]['deny'][number];

/** Compiles one grant. */
export function compileGrant(
  grant: Omit<GrantSettings, keyof ModeSettings> & ModeSettings,
  path: KeyPath,
  context: RuleContext,
): Grant {
  return {
    effect: 'allow',
    ...compileHead(grant, path, context),
    ...compileConditions('allow', grant, path, context),
  };
}

/** Compiles one denial. */
export function compileDenial(denial: DenialSettings, path: KeyPath, context: RuleContext): Denial {
  return {
    effect: 'deny',
    ...compileHead(denial, path, context),
    ...compileConditions('deny', denial, path, context),
    userMessage: denial.user_message,
  };
}

function compileHead(rule: ModeSettings & { readonly id: string }, path: KeyPath, context: RuleContext) {
  return { id: rule.id, at: context.positionOf(path), ...compileMode(rule) };
}

/** A rule that enforces has no mode of its own; one that is off is not compiled. */
function compileMode({ mode, rollout }: ModeSettings): Pick<Grant, 'mode' | 'rollout'> {
  if (mode === undefined || mode === 'off' || mode === 'enforce') return {};
  if (mode === 'report_only' || rollout === undefined) return { mode };
  const { percent, by, include = [], exclude = [] } = rollout;
  const keysOf = (keys: readonly string[]) => new Set(by === 'user' ? keys.map(userKeyOf) : keys);
  return { mode, rollout: { percent, by, include: keysOf(include), exclude: keysOf(exclude) } };
}

/** An address in the spelling that is compared; anything else is a subject. */
function userKeyOf(text: string): string {
  return canonicalEmail(text) ?? text;
}
