import { compileNetworkExamples } from '../compile/network-example.ts';
import type { KeyPath } from '../problem.ts';
import { type Network, parseNetwork } from '../values/network.ts';
import { parseRequirement } from '../values/requirement.ts';
import type { CheckContext } from './check-context.ts';
import { type Definitions, keysOf, referenceHelp } from './check-references.ts';

/** What tests name must be defined, and each must expect something. */
export function checkTests(context: CheckContext): void {
  const { draft, reporter } = context;
  if (draft.tests === undefined || draft.tests.length === 0) return;
  const routes: Definitions = new Map(
    (draft.routes ?? []).flatMap((route, index) =>
      route?.name === undefined ? [] : [[route.name, ['routes', index, 'name']]],
    ),
  );
  const providers: Definitions = new Map(
    (draft.identity_providers ?? []).flatMap((provider, index) =>
      provider?.id === undefined ? [] : [[provider.id, ['identity_providers', index, 'id']]],
    ),
  );
  const postures = keysOf(draft.postures, 'postures');
  const networks = keysOf(draft.networks, 'networks');
  const examples = compileNetworkExamples(networksOf(draft.networks ?? {}));
  const expect = (kind: string, name: string | undefined, known: Definitions, path: KeyPath, on?: 'key') => {
    if (name === undefined || known.has(name)) return;
    reporter.report(path, 'P021', `no ${kind} named "${name}"`, {
      help: () => referenceHelp(context, kind, name, known),
      ...(on === undefined ? {} : { on }),
    });
  };

  const names = new Set<string>();
  for (const [index, test] of draft.tests.entries()) {
    if (test === undefined) continue;
    const path: KeyPath = ['tests', index];
    if (test.name !== undefined) {
      if (names.has(test.name))
        reporter.report([...path, 'name'], 'P022', `there is already a test "${test.name}"`, {
          help: 'names of tests must be unique',
        });
      names.add(test.name);
    }
    if (test.accept === undefined && test.step_up === undefined && test.deny === undefined && !reporter.hasError(path))
      reporter.report(path, 'P007', 'the test expects nothing', { help: 'add accept, step_up or deny' });
    for (const key of ['accept', 'step_up'] as const)
      for (const [at, name] of (test[key] ?? []).entries()) expect('route', name, routes, [...path, key, at]);
    for (const name of Object.keys(test.deny ?? {})) expect('route', name, routes, [...path, 'deny', name], 'key');

    const given: KeyPath = [...path, 'given'];
    expect('provider', test.given?.provider, providers, [...given, 'provider']);
    if (test.given?.provider === undefined && providers.size > 1)
      reporter.report(given, 'P007', 'the test does not say which provider the person signed in with', {
        help: `add provider, one of: ${[...providers.keys()].join(', ')}`,
      });
    expectOne(context, test.given, given, ['user', 'email']);
    expectOne(context, test.given, given, ['network', 'address']);
    const { network } = test.given ?? {};
    expect('network', network, networks, [...given, 'network']);
    const overlaps = network === undefined ? [] : (examples.get(network)?.overlaps ?? []);
    if (overlaps.length > 0)
      reporter.report([...given, 'network'], 'P045', `the network "${network}" overlaps ${overlaps.join(', ')}`, {
        help: 'say which address: given takes address in place of network',
      });
    for (const [name, state] of Object.entries(test.given?.device ?? {})) {
      expect('posture', name, postures, [...given, 'device', name], 'key');
      const required = draft.postures?.[name]?.require;
      if (required === undefined || typeof state !== 'object') continue;
      const checks = required.flatMap((text) => {
        const parsed = text === undefined ? undefined : parseRequirement(text);
        return parsed?.ok === true ? [parsed.value.check] : [];
      });
      for (const [at, check] of (state.fail ?? []).entries())
        if (check !== undefined && !checks.includes(check))
          reporter.report(
            [...given, 'device', name, 'fail', at],
            'P021',
            `the posture "${name}" requires no check "${check}"`,
            {
              help: `required are: ${checks.join(', ')}`,
            },
          );
    }
  }
}

function expectOne(
  { reporter }: CheckContext,
  given: object | undefined,
  path: KeyPath,
  [one, other]: readonly [string, string],
): void {
  if (given === undefined || !(one in given) || !(other in given)) return;
  reporter.report([...path, other], 'P045', `${one} and ${other} say the same thing twice`, {
    on: 'key',
    help: `keep one of them`,
  });
}

function networksOf(drafts: Readonly<Record<string, readonly (string | undefined)[] | undefined>>) {
  return Object.fromEntries(
    Object.entries(drafts).map(([name, texts]): [string, readonly Network[]] => [
      name,
      (texts ?? []).flatMap((text) => {
        const parsed = text === undefined ? undefined : parseNetwork(text);
        return parsed?.ok === true ? [parsed.value] : [];
      }),
    ]),
  );
}
