import type { KeyPath } from '../problem.ts';
import type { RouteDraft } from '../schema/configuration-schema.ts';
import { plainHeaderName } from '../values/header.ts';
import { type CheckContext, definedAt } from './check-context.ts';

/** Names that records refer to must be unique: routes, providers, rules of a route, headers of a route. */
export function checkNames(context: CheckContext): void {
  const { draft } = context;
  checkUnique(
    context,
    (draft.routes ?? []).map((route, index) => [['routes', index, 'name'], route?.name]),
    'route',
  );
  const providers = draft.identity_providers ?? [];
  checkUnique(
    context,
    providers.map((provider, index) => [['identity_providers', index, 'id'], provider?.id]),
    'provider',
  );
  checkUnique(
    context,
    providers.map((provider, index) => [['identity_providers', index, 'issuer'], provider?.issuer]),
    'provider with the issuer',
  );
  checkUnique(
    context,
    (draft.services ?? []).map((service, index) => [['services', index, 'id'], service?.id]),
    'service',
  );
  const listeners = draft.server?.listeners ?? [];
  checkUnique(
    context,
    listeners.map((listener, index) => [['server', 'listeners', index, 'address'], listener?.address]),
    'listener',
  );

  for (const [index, route] of (draft.routes ?? []).entries()) {
    if (hasRepeatedId(route)) {
      const rules = (['allow', 'deny'] as const).flatMap((effect) =>
        (route?.[effect] ?? []).map((rule, position): Named => [['routes', index, effect, position, 'id'], rule?.id]),
      );
      checkUnique(context, rules, 'rule of this route');
    }
    const headers = Object.keys(route?.set_request_headers ?? {});
    checkUnique(
      context,
      headers.map((name) => [['routes', index, 'set_request_headers', name], plainHeaderName(name)]),
      'header',
      'key',
    );
  }
}

/** Of a hundred thousand rules hardly one has the id of another: only then are their places looked for. */
function hasRepeatedId(route: RouteDraft | undefined): boolean {
  const ids = new Set<string>();
  for (const rules of [route?.allow, route?.deny]) {
    for (const rule of rules ?? []) {
      if (rule?.id === undefined) continue;
      if (ids.has(rule.id)) return true;
      ids.add(rule.id);
    }
  }
  return false;
}

type Named = readonly [path: KeyPath, name: string | undefined];

function checkUnique(
  { reporter }: CheckContext,
  named: readonly Named[],
  kind: string,
  on: 'key' | 'value' = 'value',
): void {
  const first = new Map<string, KeyPath>();
  for (const [path, name] of named) {
    if (name === undefined) continue;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, path);
      continue;
    }
    const help = `the other one is at ${definedAt(reporter, earlier)}; names must be unique`;
    reporter.report(path, 'P022', `there is already a ${kind} "${name}"`, { help, on });
  }
}
