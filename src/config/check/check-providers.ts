import { type AuthenticationMethod, providerMethods } from '../../decision/decision.ts';
import type { KeyPath } from '../problem.ts';
import type { Reporter } from '../reporter.ts';
import type { GrantDraft, ProviderDraft, SegmentDraft } from '../schema/configuration-schema.ts';
import { parseDuration } from '../values/duration.ts';
import type { CheckContext } from './check-context.ts';

/** Rules about who vouches for people: security-rules.md 4 and 6. */
export function checkProviders(context: CheckContext): void {
  const { draft, reporter } = context;
  const providers = draft.identity_providers ?? [];
  const isAnyPrivate = (draft.routes ?? []).some((route) => route !== undefined && route.public !== true);
  if (providers.length === 0 && isAnyPrivate && !reporter.hasError(['identity_providers'])) {
    reporter.report(['identity_providers'], 'P007', 'nobody can sign in: the file has no identity provider', {
      help: 'add identity_providers:, or say public: true in every route',
      on: 'key',
    });
  }
  for (const [index, provider] of providers.entries()) {
    checkProvider(context, provider, index);
    checkRefresh(context, provider, index);
  }
  for (const [name, segment] of Object.entries(draft.segments ?? {})) checkRequirement(context, name, segment);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    for (const [position, grant] of (route?.allow ?? []).entries()) {
      if (grant === undefined) continue;
      const path = ['routes', index, 'allow', position];
      // A grant that names services is for no person, so nobody's word counts.
      const isForPeople = grant.services === undefined;
      if (
        providers.length > 1 &&
        isForPeople &&
        grant.provider === undefined &&
        !reporter.hasError([...path, 'provider'])
      ) {
        const ids = providers.flatMap((provider) => provider?.id ?? []);
        reporter.report(path, 'P025', 'with several identity providers a grant must name its provider', {
          help: `add provider: ${ids.join(' or provider: ')}`,
        });
      }
      checkProvable(context, grant, path);
    }
  }
}

/** Group and address mean somebody only together with the provider that said them (security-rules.md 6); in a segment as in a grant. */
function checkRequirement(context: CheckContext, name: string, segment: SegmentDraft | undefined): void {
  const { draft, reporter } = context;
  const require = segment?.require;
  if (require === undefined) return;
  const path = ['segments', name, 'require'];
  const speaksOfPeople = [require.groups, require.emails, require.domains, require.claims].some(
    (key) => key !== undefined,
  );
  const providers = draft.identity_providers ?? [];
  if (
    speaksOfPeople &&
    providers.length > 1 &&
    require.provider === undefined &&
    !reporter.hasError([...path, 'provider'])
  ) {
    const ids = providers.flatMap((provider) => provider?.id ?? []);
    reporter.report(
      path,
      'P025',
      'with several identity providers a segment that asks who somebody is must name the provider',
      {
        help: `add provider: ${ids.join(' or provider: ')}`,
        on: 'key',
      },
    );
  }
  checkProvable(context, require, path);
}

/** A method that no provider can prove would ask for a step-up that never succeeds. */
function checkProvable(
  { draft, reporter }: CheckContext,
  grant: Pick<GrantDraft, 'provider' | 'auth'>,
  path: KeyPath,
): void {
  const believed = (draft.identity_providers ?? []).filter(
    (provider) => grant.provider === undefined || provider?.id === grant.provider,
  );
  if (believed.length === 0 || believed.includes(undefined)) return;
  const isMistyped = (_: unknown, index: number) => reporter.hasError(['identity_providers', index, 'factors']);
  if (!(draft.identity_providers ?? []).some(isMistyped)) warnOfGuess(believed, grant, path, reporter);
  const provable = new Set(believed.flatMap(provableMethods));
  const asker = path[0] === 'segments' ? 'segment' : 'grant';
  checkBrowserProof(grant, path, reporter);
  for (const [at, method] of (grant.auth?.methods ?? []).entries()) {
    if (method === undefined || method === 'registered_browser' || provable.has(method)) continue;
    reporter.report([...path, 'auth', 'methods', at], 'P026', `no provider of this ${asker} can prove "${method}"`, {
      help:
        provable.size === 0
          ? `add ${method}: under factors of the provider`
          : `provable are: ${[...provable].join(', ')}; or add ${method} under factors of the provider`,
    });
  }
}

/** Where a provider has no factors, what proves a method is a guess, and a provider is asked for nothing that it knows. */
function warnOfGuess(
  believed: readonly (ProviderDraft | undefined)[],
  { auth }: Pick<GrantDraft, 'auth'>,
  path: KeyPath,
  reporter: Reporter,
): void {
  const methods = auth?.methods ?? [];
  const [first] = methods;
  // A browser that proves its key is a way in that needs no provider.
  const isWayElse = methods.some((method) => method === undefined || method === 'registered_browser');
  if (first === undefined || isWayElse || believed.some((provider) => provider?.factors !== undefined)) return;
  const ids = believed.map((provider) => provider?.id).join(', ');
  const message = `nothing says how ${ids} proves ${methods.join(' or ')}, so this step-up may never succeed`;
  reporter.report([...path, 'auth', 'methods'], 'P118', message, {
    help: `add to the provider, with the acr value that it has for it: factors: { ${first}: { acr: [VALUE] } }`,
  });
}

/** The longest that a copied cookie of an app may pass for the browser that proved its key. */
const longestBrowserProofMs = 3_600_000;
/** A proof that is too old by the time it arrives would be asked for again and again. */
const shortestBrowserProofMs = 60_000;

/** A browser's proof without an age would be a cookie: it is worth something only while it is fresh. */
function checkBrowserProof({ auth }: Pick<GrantDraft, 'auth'>, path: KeyPath, reporter: Reporter): void {
  if (!(auth?.methods ?? []).includes('registered_browser')) return;
  const maxAgeMs = msOf(auth?.max_age);
  if (maxAgeMs !== undefined && maxAgeMs >= shortestBrowserProofMs && maxAgeMs <= longestBrowserProofMs) return;
  if (reporter.hasError([...path, 'auth', 'max_age'])) return;
  reporter.report([...path, 'auth'], 'P012', 'registered_browser needs max_age, from a minute to an hour', {
    help: 'add max_age: 5m to auth',
    on: 'key',
  });
}

function checkProvider({ reporter }: CheckContext, provider: ProviderDraft | undefined, index: number): void {
  const scopes = provider?.scopes;
  if (scopes !== undefined && !scopes.includes(undefined) && !scopes.includes('openid')) {
    reporter.report(['identity_providers', index, 'scopes'], 'P045', 'the scopes lack openid', {
      help: 'add openid: without it there is no sign-in',
    });
  }
  for (const [method, evidence] of Object.entries(provider?.factors ?? {})) {
    if (evidence === undefined || (evidence.acr ?? []).length + (evidence.amr ?? []).length > 0) continue;
    reporter.report(['identity_providers', index, 'factors', method], 'P045', `"${method}" lists no evidence`, {
      help: 'add acr: or amr:, or remove the method',
      on: 'key',
    });
  }
}

function provableMethods(provider: ProviderDraft | undefined): readonly AuthenticationMethod[] {
  const factors = provider?.factors;
  return factors === undefined ? providerMethods : providerMethods.filter((method) => factors[method] !== undefined);
}

/** A session would be over before its claims are read again. */
function checkRefresh({ reporter }: CheckContext, provider: ProviderDraft | undefined, index: number): void {
  const [refreshMs, maxAgeMs] = [provider?.refresh, provider?.claims_max_age].map(msOf);
  if (refreshMs === undefined || maxAgeMs === undefined || maxAgeMs > refreshMs) return;
  reporter.report(
    ['identity_providers', index, 'claims_max_age'],
    'P012',
    'is not longer than refresh, so every session would end before its claims are read again',
    { help: 'make claims_max_age several times as long as refresh' },
  );
}

function msOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text, 0, Number.MAX_SAFE_INTEGER);
  return parsed.ok ? parsed.value : undefined;
}
