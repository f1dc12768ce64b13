import { conditionsFor } from '../../policy/conditions/conditions-of-rule.ts';
import type { KeyPath } from '../problem.ts';
import { closest } from '../values/closest.ts';
import { parseRequirement } from '../values/requirement.ts';
import { type CheckContext, definedAt } from './check-context.ts';

type Kind = 'posture' | 'network' | 'segment' | 'provider' | 'service';

/** A help names no more than fit a line. */
const mostNames = 12;

/** Where each name of a kind is defined. */
export type Definitions = ReadonlyMap<string, KeyPath>;

/** Every posture, network, segment, provider and check that is named must be defined; what nobody names is warned of. */
export function checkReferences(context: CheckContext): void {
  const { draft, reporter } = context;
  const postures = keysOf(draft.postures, 'postures');
  const networks = keysOf(draft.networks, 'networks');
  const segments = keysOf(draft.segments, 'segments');
  const providers: Definitions = new Map(
    (draft.identity_providers ?? []).flatMap((provider, index) =>
      provider?.id === undefined ? [] : [[provider.id, ['identity_providers', index, 'id']]],
    ),
  );
  const services: Definitions = new Map(
    (draft.services ?? []).flatMap((service, index) =>
      service?.id === undefined ? [] : [[service.id, ['services', index, 'id']]],
    ),
  );
  const used = {
    service: new Set<string>(),
    posture: new Set<string>(),
    network: new Set<string>(),
    segment: new Set<string>(),
    provider: new Set<string>(),
  };

  const expect = (kind: Kind, name: string | undefined, definitions: Definitions, path: () => KeyPath) => {
    if (name === undefined) return;
    used[kind].add(name);
    if (definitions.has(name)) return;
    reporter.report(path(), 'P021', `no ${kind} named "${name}"`, {
      help: () => referenceHelp(context, kind, name, definitions),
    });
  };

  const definitions = { posture: postures, network: networks, provider: providers, service: services };
  const expectOfRule = (effect: 'allow' | 'deny', rule: object = {}, path: (...rest: KeyPath) => KeyPath) => {
    for (const { condition } of conditionsFor(effect)) {
      const { key, names: kind } = condition;
      if (kind === undefined) continue;
      const value: unknown = Reflect.get(rule, key);
      if (typeof value === 'string') expect(kind, value, definitions[kind], () => path(key));
      for (const [at, name] of Array.isArray(value) ? value.entries() : [])
        if (typeof name === 'string') expect(kind, name, definitions[kind], () => path(key, at));
    }
  };

  for (const [name, segment] of Object.entries(draft.segments ?? {}))
    expectOfRule('allow', segment?.require, (...rest) => ['segments', name, 'require', ...rest]);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    expect('segment', route?.segment, segments, () => ['routes', index, 'segment']);
    for (const effect of ['allow', 'deny'] as const)
      for (const [position, rule] of (route?.[effect] ?? []).entries())
        expectOfRule(effect, rule, (...rest) => ['routes', index, effect, position, ...rest]);
  }
  checkHelpOfPostures(context);
  // While rules have errors, what they use is not known.
  if (reporter.hasErrors()) return;
  for (const [kind, definitions] of [
    ['posture', postures],
    ['network', networks],
    ['segment', segments],
    ['service', services],
  ] as const) {
    const user = kind === 'segment' ? 'route is in' : 'rule uses';
    for (const [name, path] of definitions) {
      if (used[kind].has(name)) continue;
      reporter.report(path, 'P107', `no ${user} the ${kind} "${name}"`, { on: kind === 'service' ? 'value' : 'key' });
    }
  }
}

/** Where each key of a section is defined. */
export function keysOf(map: object | undefined, section: string): Definitions {
  return new Map(Object.keys(map ?? {}).map((name) => [name, [section, name]]));
}

/** What to write where a name is not defined: the one that was meant, or those that there are. */
export function referenceHelp(
  { reporter }: CheckContext,
  kind: string,
  name: string,
  definitions: Definitions,
): string {
  const meant = closest(name, definitions.keys(), 3);
  const path = meant === undefined ? undefined : definitions.get(meant);
  if (meant !== undefined && path !== undefined) return `did you mean "${meant}" (${definedAt(reporter, path)})?`;
  if (definitions.size === 0) return `the file defines no ${kind}`;
  const names = [...definitions.keys()];
  const rest = names.length > mostNames ? `, … (${names.length} in all)` : '';
  return `defined are: ${names.slice(0, mostNames).join(', ')}${rest}`;
}

function checkHelpOfPostures({ draft, reporter }: CheckContext): void {
  for (const [name, posture] of Object.entries(draft.postures ?? {})) {
    if (posture?.require === undefined) continue;
    const required = posture.require.map((text) => (text === undefined ? undefined : parseRequirement(text)));
    if (required.includes(undefined)) continue;
    const checks = required.flatMap((result) => (result?.ok === true ? [result.value.check] : []));
    for (const check of Object.keys(posture.help ?? {})) {
      if (checks.includes(check)) continue;
      const meant = closest(check, checks, 3);
      const help = meant === undefined ? `required are: ${checks.join(', ')}` : `did you mean "${meant}"?`;
      reporter.report(['postures', name, 'help', check], 'P021', `the posture "${name}" requires no check "${check}"`, {
        on: 'key',
        help,
      });
    }
  }
}
