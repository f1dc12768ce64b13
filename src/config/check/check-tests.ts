import { compileNetworkExamples } from '../compile/network-example.ts';
import type { KeyPath } from '../problem.ts';
import type { Reporter } from '../reporter.ts';
import type { ConfigurationDraft } from '../schema/configuration-schema.ts';
import { type Network, parseNetwork } from '../values/network.ts';
import { parseRequirement } from '../values/requirement.ts';
import type { CheckContext } from './check-context.ts';
import { type Definitions, keysOf, referenceHelp } from './check-references.ts';

export type TestedKind = 'route' | 'provider' | 'posture' | 'network' | 'service';

/** What tests can name. */
export interface TestSubject {
  readonly routes: Pick<ReadonlySet<string>, 'has'>;
  readonly providers: ReadonlyMap<string, unknown>;
  /** The checks that each posture requires; `undefined`: it cannot be told. */
  readonly postures: ReadonlyMap<string, readonly string[] | undefined>;
  /** The postures that warn before they block. */
  readonly warning: Pick<ReadonlySet<string>, 'has'>;
  readonly services: Pick<ReadonlySet<string>, 'has'>;
  /** The networks that each network has addresses in common with. */
  readonly networks: ReadonlyMap<string, readonly string[]>;
  /** What to write in place of a name that is not defined. */
  readonly helpFor: (kind: TestedKind, name: string) => string;
}

/** What tests name must be defined, and each must expect something. */
export function checkTests(context: CheckContext): void {
  const { draft, reporter } = context;
  if (draft.tests === undefined || draft.tests.length === 0) return;
  const definitions: Readonly<Record<TestedKind, Definitions>> = {
    route: new Map(
      (draft.routes ?? []).flatMap((route, index) =>
        route?.name === undefined ? [] : [[route.name, ['routes', index, 'name']]],
      ),
    ),
    provider: new Map(
      (draft.identity_providers ?? []).flatMap((provider, index) =>
        provider?.id === undefined ? [] : [[provider.id, ['identity_providers', index, 'id']]],
      ),
    ),
    posture: keysOf(draft.postures, 'postures'),
    network: keysOf(draft.networks, 'networks'),
    service: new Map(
      (draft.services ?? []).flatMap((service, index) =>
        service?.id === undefined ? [] : [[service.id, ['services', index, 'id']]],
      ),
    ),
  };
  const examples = compileNetworkExamples(networksOf(draft.networks ?? {}));
  checkTestList(
    draft.tests,
    {
      routes: definitions.route,
      providers: definitions.provider,
      services: definitions.service,
      postures: new Map(
        Object.entries(draft.postures ?? {}).map(([name, posture]) => [name, checksOf(posture?.require)]),
      ),
      warning: new Set(
        Object.entries(draft.postures ?? {}).flatMap(([name, posture]) =>
          posture?.on_fail === undefined ? [] : [name],
        ),
      ),
      networks: new Map([...definitions.network.keys()].map((name) => [name, examples.get(name)?.overlaps ?? []])),
      helpFor: (kind, name) => referenceHelp(context, kind, name, definitions[kind]),
    },
    reporter,
    new Map(),
  );
}

function expectsNothing({ accept, step_up, deny }: TestDraft): boolean {
  return (accept ?? []).length === 0 && (step_up ?? []).length === 0 && Object.keys(deny ?? {}).length === 0;
}

/** Checks the tests of one text. @param names those that there are already, each with its place; those of this text are added. */
export function checkTestList(
  tests: NonNullable<ConfigurationDraft['tests']>,
  subject: TestSubject,
  reporter: Reporter,
  names: Map<string, string>,
): void {
  const { routes, providers, postures, networks, services } = subject;
  const expect = (
    kind: TestedKind,
    name: string | undefined,
    known: Pick<ReadonlySet<string>, 'has'>,
    path: KeyPath,
    on?: 'key',
  ) => {
    if (name === undefined || known.has(name)) return;
    reporter.report(path, 'P021', `no ${kind} named "${name}"`, {
      help: () => subject.helpFor(kind, name),
      ...(on === undefined ? {} : { on }),
    });
  };

  for (const [index, test] of tests.entries()) {
    if (test === undefined) continue;
    const path: KeyPath = ['tests', index];
    if (test.name !== undefined) {
      const taken = names.get(test.name);
      if (taken !== undefined)
        reporter.report([...path, 'name'], 'P022', `there is already a test "${test.name}"`, {
          help: `names of tests must be unique; the other one is at ${taken}`,
        });
      const { file, line } = reporter.position([...path, 'name']);
      if (taken === undefined) names.set(test.name, `${file}:${line}`);
    }
    if (expectsNothing(test) && !reporter.hasError(path))
      reporter.report(path, 'P007', 'the test expects nothing', { help: 'add accept, step_up or deny with a route' });
    else if (test.deny !== undefined && Object.keys(test.deny).length === 0)
      reporter.report([...path, 'deny'], 'P007', 'deny names no route', {
        on: 'key',
        help: 'write deny: { route: reason }, or remove it',
      });
    for (const key of ['accept', 'step_up'] as const)
      for (const [at, name] of (test[key] ?? []).entries()) expect('route', name, routes, [...path, key, at]);
    for (const name of Object.keys(test.deny ?? {})) expect('route', name, routes, [...path, 'deny', name], 'key');

    const given: KeyPath = [...path, 'given'];
    expect('provider', test.given?.provider, providers, [...given, 'provider']);
    expect('service', test.given?.service, services, [...given, 'service']);
    expectNoPerson(reporter, test.given, given);
    if (test.given?.provider === undefined && test.given?.service === undefined && providers.size > 1)
      reporter.report(given, 'P007', 'the test does not say which provider the person signed in with', {
        help: `add provider, one of: ${[...providers.keys()].join(', ')}`,
      });
    expectOne(reporter, test.given, given, ['user', 'email']);
    expectOne(reporter, test.given, given, ['network', 'address']);
    const { network } = test.given ?? {};
    expect('network', network, networks, [...given, 'network']);
    const overlaps = network === undefined ? [] : (networks.get(network) ?? []);
    if (overlaps.length > 0)
      reporter.report([...given, 'network'], 'P045', `the network "${network}" overlaps ${overlaps.join(', ')}`, {
        help: 'say which address: given takes address in place of network',
      });
    for (const [name, state] of Object.entries(test.given?.device ?? {})) {
      expect('posture', name, postures, [...given, 'device', name], 'key');
      if (typeof state === 'object' && state.warned !== undefined && postures.has(name) && !subject.warning.has(name))
        reporter.report([...given, 'device', name, 'warned'], 'P045', `the posture "${name}" warns nobody`, {
          on: 'key',
          help: 'remove it, or give the posture on_fail: { warn_for: 7d, then: block }',
        });
      const checks = postures.get(name);
      if (checks === undefined || typeof state !== 'object') continue;
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

function checksOf(require: readonly (string | undefined)[] | undefined): readonly string[] | undefined {
  return require?.flatMap((text) => {
    const parsed = text === undefined ? undefined : parseRequirement(text);
    return parsed?.ok === true ? [parsed.value.check] : [];
  });
}

function expectOne(
  reporter: Reporter,
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

const personKeys = ['provider', 'user', 'email', 'groups', 'claims', 'auth', 'risk'] as const;

/** A service has none of what people have; given beside it, one of them would not count. */
function expectNoPerson(reporter: Reporter, given: TestDraft['given'], path: KeyPath): void {
  if (given?.service === undefined) return;
  for (const key of personKeys) {
    if (given[key] === undefined) continue;
    reporter.report([...path, key], 'P045', `a service has no ${key}`, {
      on: 'key',
      help: `remove it, or remove service`,
    });
  }
}

type TestDraft = NonNullable<NonNullable<ConfigurationDraft['tests']>[number]>;

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
