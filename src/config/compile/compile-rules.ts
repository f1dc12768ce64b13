import type { SourcePosition } from '../../decision/decision.ts';
import { Fault } from '../../decision/fault.ts';
import { checkExpression } from '../../policy/expression/compile-expression.ts';
import type { ClaimRequirement, Denial, Expression, Grant, Hours, NetworkSet, PathPattern } from '../../policy/rule.ts';
import type { KeyPath } from '../problem.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import type { HoursSettings } from './opening-hours.ts';
import { compilePathEntry } from './path-entry.ts';

type GrantSettings = Configuration['routes'][number]['allow'][number];
type DenialSettings = Configuration['routes'][number]['deny'][number];

/** What rules need from the rest of the configuration. */
export interface RuleContext {
  /** One set for equal lists. */
  readonly setOf: (values: readonly string[] | undefined) => ReadonlySet<string> | undefined;
  readonly namedNetworks: (names: readonly string[]) => NetworkSet;
  /** One for equal hours, so that what is found out about them is found out once. */
  readonly hoursOf: (hours: HoursSettings) => Hours;
  readonly positionOf: (path: KeyPath) => SourcePosition;
}

/** Compiles one grant. */
export function compileGrant(grant: GrantSettings, path: KeyPath, context: RuleContext): Grant {
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

function compileConditions(rule: GrantSettings | DenialSettings, path: KeyPath, context: RuleContext) {
  return {
    id: rule.id,
    at: context.positionOf(path),
    provider: rule.provider,
    groups: context.setOf(rule.groups),
    emails: context.setOf(rule.emails),
    domains: context.setOf(rule.domains),
    methods: context.setOf(rule.methods),
    paths: rule.paths?.map((entry): PathPattern => compilePathEntry(entry)),
    networks: rule.networks === undefined ? undefined : context.namedNetworks(rule.networks),
    claims: rule.claims === undefined ? undefined : compileClaims(rule.claims),
    hours: rule.hours === undefined ? undefined : context.hoursOf(rule.hours),
    when: rule.when === undefined ? undefined : compileWhen(rule.when, context.positionOf([...path, 'when'])),
  };
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
