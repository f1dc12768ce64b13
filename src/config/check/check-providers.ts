import { type AuthenticationMethod, authenticationMethods } from '../../decision/decision.ts';
import type { ProviderDraft } from '../schema/configuration-schema.ts';
import type { CheckContext } from './check-context.ts';

/** Rules about who vouches for people: SECURITY.md 4 and 6. */
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
  for (const [index, provider] of providers.entries()) checkProvider(context, provider, index);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    for (const [position, grant] of (route?.allow ?? []).entries()) {
      if (grant === undefined) continue;
      const path = ['routes', index, 'allow', position];
      if (providers.length > 1 && grant.provider === undefined && !reporter.hasError([...path, 'provider'])) {
        const ids = providers.flatMap((provider) => provider?.id ?? []);
        reporter.report(path, 'P025', 'with several identity providers a grant must name its provider', {
          help: `add provider: ${ids.join(' or provider: ')}`,
        });
      }
      const believed = providers.filter((provider) => grant.provider === undefined || provider?.id === grant.provider);
      if (believed.length === 0 || believed.includes(undefined)) continue;
      const provable = new Set(believed.flatMap(provableMethods));
      for (const [at, method] of (grant.auth?.methods ?? []).entries()) {
        if (method === undefined || provable.has(method)) continue;
        reporter.report([...path, 'auth', 'methods', at], 'P026', `no provider of this grant can prove "${method}"`, {
          help:
            provable.size === 0
              ? `add ${method}: under factors of the provider`
              : `provable are: ${[...provable].join(', ')}; or add ${method} under factors of the provider`,
        });
      }
    }
  }
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
  return factors === undefined
    ? authenticationMethods
    : authenticationMethods.filter((method) => factors[method] !== undefined);
}
