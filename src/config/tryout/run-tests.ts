import type { ConditionKey, Decision, RuleResult, SourcePosition } from '../../decision/decision.ts';
import { evaluate } from '../../policy/evaluate.ts';
import { frontPathOf, type Route } from '../route.ts';
import type { Snapshot } from '../snapshot.ts';
import { dependenciesOf } from './depends-on.ts';
import { factsOfGiven } from './facts-of-given.ts';
import { misspeltIn } from './misspelt.ts';
import type { PolicyTest } from './policy-test.ts';

/** What a test expects of one route, and what came out. */
export interface TestCase {
  readonly route: string;
  /** `accept`, `step_up`, or the reason of a denial. */
  readonly expected: string;
  /** `undefined` where the path belongs to another route, or to none. */
  readonly decision: Decision | undefined;
  /** Why it fails, as a phrase; `undefined`: it passes. */
  readonly problem: string | undefined;
}

export interface TestResult {
  readonly name: string;
  readonly at: SourcePosition;
  readonly passed: boolean;
  readonly cases: readonly TestCase[];
}

/** A rule that no test exercises. */
export interface UntestedRule {
  readonly route: string;
  readonly rule: string;
  readonly at: SourcePosition;
}

/** Runs tests against a configuration. Pure but for `nowMs`, which stands in where a test gives no time. */
export function runTests(snapshot: Snapshot, nowMs: number, tests = snapshot.tests ?? []): readonly TestResult[] {
  const routes = new Map(snapshot.routes.map((route) => [route.name, route]));
  return tests.map((test) => {
    const cases = expectationsOf(test).map(([name, expected]) => {
      const route = routes.get(name);
      return route === undefined
        ? { route: name, expected, decision: undefined, problem: `there is no route "${name}"` }
        : runCase(test, route, expected, snapshot, nowMs);
    });
    return { name: test.name, at: test.at, cases, passed: cases.every(({ problem }) => problem === undefined) };
  });
}

function expectationsOf({ accept, step_up, deny }: PolicyTest): readonly (readonly [string, string])[] {
  return [
    ...(accept ?? []).map((route) => [route, 'accept'] as const),
    ...(step_up ?? []).map((route) => [route, 'step_up'] as const),
    ...Object.entries(deny ?? {}),
  ];
}

function runCase(test: PolicyTest, route: Route, expected: string, snapshot: Snapshot, nowMs: number): TestCase {
  const path = test.request.path ?? frontPathOf(route);
  if (path === undefined) {
    const problem = 'the route has no path of its own: say request: { path: … }';
    return { route: route.name, expected, decision: undefined, problem };
  }
  const found = snapshot.routeTable.find(route.host, path);
  if (found !== route) {
    const where = found === undefined ? 'no route' : `the route "${found.name}"`;
    return { route: route.name, expected, decision: undefined, problem: `${path} belongs to ${where}` };
  }
  const facts = factsOfGiven(test.given, { method: test.request.method, path }, snapshot, nowMs);
  const decision = evaluate(route.policy, facts);
  const dependencies = () => dependenciesOf(route.policy, facts, test.given, decision);
  const problem = problemOf(expected, decision, dependencies) ?? misspeltIn(test, route, snapshot);
  return { route: route.name, expected, decision, problem };
}

/** An answer as expected that could come out otherwise holds nothing: it fails, whatever is expected. */
function problemOf(expected: string, decision: Decision, dependencies: () => readonly string[]): string | undefined {
  const { outcome, reason } = decision;
  if (expected === 'accept' && outcome === 'allow') return undefined;
  const isMet = expected === 'step_up' ? outcome === 'step_up' : outcome === 'deny' && reason === expected;
  const open = expected === 'accept' ? unknownsOf(decision) : isMet ? dependencies() : [];
  if (open.length > 0) return `depends on ${open.join(', ')}`;
  return isMet ? undefined : `expected ${expected}, got ${said(decision)}`;
}

function said({ outcome, reason }: Decision): string {
  return outcome === 'deny' ? reason : outcome === 'allow' ? 'accept' : `${outcome} (${reason})`;
}

/** The facts that are not given and that could still make this a yes: of denials that may close, otherwise of grants that miss nothing. */
export function unknownsOf({ trace }: Decision): readonly ConditionKey[] {
  if (trace.some(({ effect, verdict, isActing }) => effect === 'deny' && verdict === 'hit' && isActing !== false))
    return [];
  const open = trace.filter(({ verdict, isActing }) => verdict === 'unknown' && isActing !== false);
  const denials = open.filter(({ effect }) => effect === 'deny');
  const grants = open.filter(({ effect }) => effect === 'allow');
  const hasOpening = trace.some(({ effect, verdict }) => effect === 'allow' && verdict === 'hit');
  if (!hasOpening && grants.length === 0) return [];
  const keys = new Set<ConditionKey>();
  for (const rule of hasOpening ? denials : [...denials, ...grants]) for (const key of unknownKeys(rule)) keys.add(key);
  return [...keys];
}

/** The keys of a rule that could not be told. */
export function unknownKeys({ conditions }: RuleResult): readonly ConditionKey[] {
  return conditions.filter(({ verdict }) => verdict === 'unknown').map(({ key }) => key);
}

/**
 * The rules that no test exercises. A rule is exercised when every key of it held in a case of a test, or when it gave
 * the case its answer.
 */
export function findUntestedRules(snapshot: Snapshot, results: readonly TestResult[]): readonly UntestedRule[] {
  const exercised = new Set<string>();
  for (const { route, decision } of results.flatMap(({ cases }) => cases)) {
    if (decision === undefined) continue;
    for (const { rule, verdict } of decision.trace) if (verdict === 'hit') exercised.add(`${route}/${rule}`);
    const decisive = decision.outcome === 'deny' ? decision.rule?.rule : undefined;
    if (decisive !== undefined) exercised.add(`${route}/${decisive}`);
  }
  return snapshot.routes.flatMap(({ name, policy }) =>
    [...policy.grants, ...policy.denials]
      .filter(({ id }) => !exercised.has(`${name}/${id}`))
      .map(({ id, at }) => ({ route: name, rule: id, at })),
  );
}
