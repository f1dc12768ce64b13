import type { KeyPath } from '../problem.ts';
import type { GrantDraft } from '../schema/configuration-schema.ts';
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

  const expectOfGrant = (
    grant: Pick<GrantDraft, 'device' | 'provider' | 'networks' | 'services'> | undefined,
    path: (...rest: KeyPath) => KeyPath,
  ) => {
    expect('posture', grant?.device, postures, () => path('device'));
    expect('provider', grant?.provider, providers, () => path('provider'));
    for (const [at, name] of (grant?.networks ?? []).entries())
      expect('network', name, networks, () => path('networks', at));
    for (const [at, name] of (grant?.services ?? []).entries())
      expect('service', name, services, () => path('services', at));
  };

  for (const [name, segment] of Object.entries(draft.segments ?? {}))
    expectOfGrant(segment?.require, (...rest) => ['segments', name, 'require', ...rest]);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    expect('segment', route?.segment, segments, () => ['routes', index, 'segment']);
    for (const [position, grant] of (route?.allow ?? []).entries())
      expectOfGrant(grant, (...rest) => ['routes', index, 'allow', position, ...rest]);
    for (const [position, denial] of (route?.deny ?? []).entries()) {
      const path = (...rest: KeyPath) => ['routes', index, 'deny', position, ...rest];
      expect('posture', denial?.device_fails, postures, () => path('device_fails'));
      expect('provider', denial?.provider, providers, () => path('provider'));
      for (const [at, name] of (denial?.networks ?? []).entries())
        expect('network', name, networks, () => path('networks', at));
      for (const [at, name] of (denial?.services ?? []).entries())
        expect('service', name, services, () => path('services', at));
    }
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
