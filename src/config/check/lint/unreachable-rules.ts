import { checkExpression } from '../../../policy/expression/compile-expression.ts';
import type { KeyPath } from '../../problem.ts';
import { closest } from '../../values/closest.ts';
import { knownMethods } from '../../values/known-methods.ts';
import { isTakenBy, mayReach, type RouteScope } from './path-reach.ts';
import type { DenialSettings, GrantSettings } from './rule-keys.ts';

/** Why a rule, or a value in it, can never match a request. */
export interface Unreachable {
  /** Below the rule. */
  readonly path: KeyPath;
  readonly message: string;
  readonly help: string;
  /** True when the whole rule never matches, not only this value. */
  readonly isWhole: boolean;
}

export interface ReachContext {
  readonly scope: RouteScope;
  /** Of the other routes of the host. */
  readonly neighbours: readonly RouteScope[];
  /** The most that the signals of risk can add up to. */
  readonly highestScore: number;
}

/** Finds what no request can match. Nothing is said where that is not certain. */
export function findUnreachable(
  rule: GrantSettings | DenialSettings,
  effect: 'allow' | 'deny',
  context: ReachContext,
): readonly Unreachable[] {
  return [
    ...strangeMethods(rule),
    ...pathsElsewhere(rule, effect, context),
    ...foreignAddresses(rule),
    ...scoreOutOfReach(rule, context),
    ...neverHolds(rule),
  ];
}

function strangeMethods({ methods }: GrantSettings | DenialSettings): readonly Unreachable[] {
  if (methods === undefined) return [];
  const strange = methods.filter((method) => !knownMethods.includes(method));
  return strange.map((method) => {
    const meant = closest(method, knownMethods, 2);
    return {
      path: ['methods', methods.indexOf(method)],
      message: `no request has the method ${method}`,
      help: meant === undefined ? 'remove it' : `did you mean ${meant}?`,
      isWhole: strange.length === methods.length,
    };
  });
}

const placeWords = { exact: 'has only ', prefix: 'begins at ', regex: 'has only what fits ' } as const;

function pathsElsewhere(
  { paths }: GrantSettings | DenialSettings,
  effect: 'allow' | 'deny',
  { scope, neighbours }: ReachContext,
): readonly Unreachable[] {
  if (paths === undefined) return [];
  const found: Unreachable[] = [];
  for (const [index, pattern] of paths.entries()) {
    const path = ['paths', index];
    if (!mayReach(pattern, scope, effect === 'allow' ? 'exact' : 'loose')) {
      const where = placeWords[scope.kind] + scope.path;
      found.push({
        path,
        message: `no request of this route fits "${pattern}": the route ${where}`,
        help: 'patterns are compared with the whole path, the prefix included',
        isWhole: false,
      });
      continue;
    }
    // A denial also sees spellings that the other route does not take.
    const other = effect === 'deny' ? undefined : neighbours.find((one) => isTakenBy(pattern, scope, one));
    if (other === undefined) continue;
    found.push({
      path,
      message: `no request for "${pattern}" comes to this route: another one of the host has ${other.kind === 'exact' ? 'the path' : 'the prefix'} ${other.path}`,
      help: 'move the rule to that route',
      isWhole: false,
    });
  }
  return found.map((one) => ({ ...one, isWhole: found.length === paths.length }));
}

function foreignAddresses({ emails, domains }: GrantSettings | DenialSettings): readonly Unreachable[] {
  if (emails === undefined || domains === undefined) return [];
  const foreign = emails.filter((email) => !domains.includes(email.slice(email.lastIndexOf('@') + 1)));
  return foreign.map((email) => ({
    path: ['emails', emails.indexOf(email)],
    message: `${email} is in none of the domains of this rule, and a rule needs both`,
    help: 'remove domains, or make two rules of it',
    isWhole: foreign.length === emails.length,
  }));
}

function scoreOutOfReach(rule: GrantSettings | DenialSettings, { highestScore }: ReachContext): readonly Unreachable[] {
  const above = rule.risk !== undefined && 'above' in rule.risk ? rule.risk.above : undefined;
  if (above === undefined || above < highestScore) return [];
  return [
    {
      path: ['risk', 'above'],
      message: `no score is over ${above}: the signals add up to ${highestScore} at most`,
      help: 'write a lower number, or raise weights under risk.signals',
      isWhole: true,
    },
  ];
}

/** A condition that reads no fact comes out alike for everybody. */
function neverHolds({ when }: GrantSettings | DenialSettings): readonly Unreachable[] {
  if (when === undefined) return [];
  const checked = checkExpression(when);
  if (checked.outcome === 'refused' || checked.constant() !== false) return [];
  return [{ path: ['when'], message: 'the condition never holds', help: 'let it read a fact', isWhole: true }];
}
