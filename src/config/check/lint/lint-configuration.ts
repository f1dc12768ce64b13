import type { AuthenticationMethod } from '../../../decision/decision.ts';
import { conditionsFor } from '../../../policy/conditions/conditions-of-rule.ts';
import { scaleResponse } from '../../compile/compile-risk.ts';
import type { KeyPath } from '../../problem.ts';
import type { Reporter } from '../../reporter.ts';
import type { Configuration } from '../../schema/configuration-schema.ts';
import { definedAt } from '../check-context.ts';
import { addsNothing, alwaysCloses, type CoverContext } from './grant-cover.ts';
import { warnOfLooseTwins } from './loose-twins.ts';
import { warnOfOverlaps } from './overlapping-routes.ts';
import { patternOfScope, type RouteScope, scopeOf } from './path-reach.ts';
import { conditionsIn, isEnforced, type RouteSettings } from './rule-keys.ts';
import { warnOfUnlikelyValues } from './unlikely-values.ts';
import { findUnreachable, type ReachContext } from './unreachable-rules.ts';

/**
 * Warns of rules that are valid and yet cannot mean what somebody wanted: those that never match, that a denial always
 * closes, that add nothing, or that let everyone in. Looks only at configurations without errors.
 */
export function lintConfiguration(
  configuration: Configuration,
  stepUpMethods: readonly AuthenticationMethod[],
  reporter: Reporter,
): void {
  const { risk } = configuration;
  const counting = Object.values(risk.signals).filter((signal) => [signal.mode, risk.mode].every(isEnforcing));
  const highestScore = Math.min(
    100,
    counting.reduce((sum, { weight }) => sum + Math.ceil(weight), 0),
  );
  const riskResponse = {
    mediumFrom: risk.levels.medium,
    highFrom: risk.levels.high,
    medium: risk.medium,
    high: risk.high,
  };
  const scopes = configuration.routes.map((route) => ({ host: route.from.hostname, scope: scopeOf(route) }));
  const byHost = Map.groupBy(scopes, ({ host }) => host);

  for (const [index, route] of configuration.routes.entries()) {
    const scope = scopes[index]?.scope ?? scopeOf(route);
    const neighbours = (byHost.get(route.from.hostname) ?? []).map((one) => one.scope);
    lintRoute(route, ['routes', index], reporter, {
      reach: { scope, neighbours: neighbours.filter((one) => isOther(one, scope)), highestScore },
      cover: {
        scope: patternOfScope(scope),
        risk: scaleResponse(riskResponse, route.sensitivity),
        stepUpMethods,
      },
    });
  }
  warnOfLooseTwins(configuration.routes, reporter);
  warnOfOverlaps(configuration.routes, reporter);
  warnOfNoBreakGlass(configuration, reporter);
}

const isEnforcing = (mode: 'enforce' | 'report_only') => mode === 'enforce';

interface LintContext {
  readonly reach: ReachContext;
  readonly cover: CoverContext;
}

function isOther(one: RouteScope, scope: RouteScope): boolean {
  return one.path !== scope.path || one.kind !== scope.kind;
}

function lintRoute(route: RouteSettings, path: KeyPath, reporter: Reporter, { reach, cover }: LintContext): void {
  warnOfUnlikelyValues(route, path, reporter);
  const dead = new Set<object>();
  for (const effect of ['allow', 'deny'] as const) {
    for (const [index, rule] of route[effect].entries()) {
      for (const { path: below, message, help, isWhole } of findUnreachable(rule, effect, reach)) {
        const whole = isWhole ? `; the rule "${rule.id}" never matches` : '';
        reporter.report([...path, effect, index, ...below], 'P110', `${message}${whole}`, { help });
        if (isWhole) dead.add(rule);
      }
    }
  }
  if (route.public) {
    warnOfClosedPublicRoute(route, path, reporter);
    return;
  }
  const alive = route.allow.filter((grant) => !dead.has(grant));
  for (const [index, grant] of route.allow.entries()) {
    if (dead.has(grant)) continue;
    const at = [...path, 'allow', index];
    const closing = route.deny.findIndex((denial) => !dead.has(denial) && alwaysCloses(denial, grant, cover));
    if (closing !== -1) {
      const denial = route.deny[closing];
      reporter.report([...at, 'id'], 'P111', `the denial "${denial?.id}" always closes what "${grant.id}" opens`, {
        help: `the denial is at ${definedAt(reporter, [...path, 'deny', closing])}; narrow it, or remove the grant`,
      });
      continue;
    }
    const wider = alive.slice(0, alive.indexOf(grant)).find((earlier) => addsNothing(grant, earlier, cover));
    if (wider !== undefined) {
      const earlier = definedAt(reporter, [...path, 'allow', route.allow.indexOf(wider)]);
      reporter.report([...at, 'id'], 'P112', `"${grant.id}" adds nothing: "${wider.id}" opens all of it already`, {
        help: `the wider grant is at ${earlier}; remove one of them, or narrow the wider one`,
      });
    }
    if (isEnforced(grant) && isForEveryone(grant)) {
      reporter.report([...at, 'id'], 'P113', `"${grant.id}" lets in everyone who can sign in`, {
        help: 'add groups, emails or domains; if everyone is meant, begin the id with "everyone"',
      });
    }
  }
}

const whoKeys = conditionsFor('allow').flatMap(({ condition }) => (condition.saysWho ? [condition.key] : []));

function isForEveryone(grant: RouteSettings['allow'][number]): boolean {
  return !grant.id.startsWith('everyone') && whoKeys.every((key) => Reflect.get(grant, key) === undefined);
}

function warnOfClosedPublicRoute(route: RouteSettings, path: KeyPath, reporter: Reporter): void {
  for (const [index, denial] of route.deny.entries()) {
    if (!isEnforced(denial) || conditionsIn(denial).size > 0) continue;
    reporter.report([...path, 'deny', index, 'id'], 'P111', `the denial "${denial.id}" closes the route for everyone`, {
      help: 'give it conditions, or remove it',
    });
  }
}

function warnOfNoBreakGlass(configuration: Configuration, reporter: Reporter): void {
  if (configuration.break_glass.length > 0 || configuration.routes.every((route) => route.public)) return;
  reporter.report(['break_glass'], 'P115', 'no account is named under break_glass', {
    help: 'add break_glass: with the accounts that no reload may lock out',
  });
}
