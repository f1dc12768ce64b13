import type { SourcePosition } from '../../decision/decision.ts';
import { Fault } from '../../decision/fault.ts';
import { checkExpression } from '../../policy/expression/compile-expression.ts';
import type { ClaimRequirement, Denial, Expression, Grant, Hours, NetworkSet, PathPattern } from '../../policy/rule.ts';
import type { KeyPath } from '../problem.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import { canonicalEmail } from '../values/host-name.ts';
import type { HoursSettings } from './opening-hours.ts';

type GrantSettings = Configuration['routes'][number]['allow'][number];
type ModeSettings = Partial<Pick<GrantSettings, 'mode' | 'rollout'>>;
type DenialSettings = Configuration['routes'][number]['deny'][number];

/** What rules need from the rest of the configuration. */
export interface RuleContext {
  /** One set for equal lists. */
  readonly setOf: (values: readonly string[] | undefined) => ReadonlySet<string> | undefined;
  readonly namedNetworks: (names: readonly string[]) => NetworkSet;
  /** One for equal hours, so that what is found out about them is found out once. */
  readonly hoursOf: (hours: HoursSettings) => Hours;
  /** One for equal lists. */
  readonly pathsOf: (entries: readonly string[]) => readonly PathPattern[];
  readonly positionOf: (path: KeyPath) => SourcePosition;
}

/** Compiles one grant. */
export function compileGrant(
  grant: Omit<GrantSettings, keyof ModeSettings> & ModeSettings,
  path: KeyPath,
  context: RuleContext,
): Grant {
  return {
    effect: 'allow',
    ...compileConditions(grant, path, context),
    device: grant.device,
    auth:
      grant.auth === undefined
        ? undefined
        : { methods: [...new Set(grant.auth.methods)], maxAgeMs: grant.auth.max_age },
    risk: grant.risk,
  };
}

/** Compiles one denial. */
export function compileDenial(denial: DenialSettings, path: KeyPath, context: RuleContext): Denial {
  return {
    effect: 'deny',
    ...compileConditions(denial, path, context),
    deviceFails: denial.device_fails,
    risk: denial.risk,
    userMessage: denial.user_message,
  };
}

function compileConditions(
  rule: Omit<GrantSettings | DenialSettings, keyof ModeSettings> & ModeSettings,
  path: KeyPath,
  context: RuleContext,
) {
  return {
    id: rule.id,
    at: context.positionOf(path),
    provider: rule.provider,
    groups: context.setOf(rule.groups),
    emails: context.setOf(rule.emails),
    domains: context.setOf(rule.domains),
    services: context.setOf(rule.services),
    methods: context.setOf(rule.methods),
    paths: rule.paths === undefined ? undefined : context.pathsOf(rule.paths),
    networks: rule.networks === undefined ? undefined : context.namedNetworks(rule.networks),
    claims: rule.claims === undefined ? undefined : compileClaims(rule.claims),
    hours: rule.hours === undefined ? undefined : context.hoursOf(rule.hours),
    when: rule.when === undefined ? undefined : compileWhen(rule.when, context.positionOf([...path, 'when'])),
    ...compileMode(rule),
  };
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

function compileClaims(claims: NonNullable<GrantSettings['claims']>): readonly ClaimRequirement[] {
  return Object.entries(claims).map(([claim, values]) => ({
    claim,
    values: new Set(Array.isArray(values) ? values : [values]),
  }));
}

function compileWhen(source: string, at: SourcePosition): Expression {
  const checked = checkExpression(source);
  if (checked.outcome === 'checked') return checked.compile(at);
  throw new Fault('internal', 'A condition was compiled that had not been checked.');
}
