import type { SourcePosition } from '../../decision/decision.ts';
import type { Denial, Grant, NetworkSet, PathPattern } from '../../policy/rule.ts';
import type { KeyPath } from '../problem.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import { compilePathPattern } from './path-pattern.ts';

type GrantSettings = Configuration['routes'][number]['allow'][number];
type DenialSettings = Configuration['routes'][number]['deny'][number];

/** What rules need from the rest of the configuration. */
export interface RuleContext {
  /** One set for equal lists. */
  readonly setOf: (values: readonly string[] | undefined) => ReadonlySet<string> | undefined;
  readonly namedNetworks: (names: readonly string[]) => NetworkSet;
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
    paths: rule.paths?.map((glob): PathPattern => compilePathPattern(glob)),
    networks: rule.networks === undefined ? undefined : context.namedNetworks(rule.networks),
  };
}
