import { type DraftProvider, leftOut } from './draft.ts';
import { draftProvider } from './draft-provider.ts';
import { isOn, textOf, textsOf } from './source-value.ts';

/** Issuers of providers that have one for everybody. */
const knownIssuers: Readonly<Record<string, string>> = {
  google: 'https://accounts.google.com',
  gitlab: 'https://gitlab.com',
};

/** The identity provider of a configuration of oauth2-proxy. */
export function providerOf(options: Readonly<Record<string, unknown>>): DraftProvider {
  const type = textOf(options.provider) ?? 'google';
  const tenant = textOf(options.azure_tenant);
  const isEntra = /^(?:azure|entra-id|adfs)$/.test(type);
  const named =
    textOf(options.oidc_issuer_url) ??
    (isEntra && tenant !== undefined && tenant !== 'common'
      ? `https://login.microsoftonline.com/${tenant}/v2.0`
      : knownIssuers[type]);
  const why =
    named === undefined
      ? `The provider ${JSON.stringify(type)} has no issuer in the file.`
      : `${named} is no https issuer.`;
  const { keys, remarks } = draftProvider({
    type,
    issuer: named,
    noIssuer: `${why} Write the issuer of an OpenID Connect provider.`,
    clientId: textOf(options.client_id),
    secretFile: textOf(options.client_secret_file),
    scopes: (textOf(options.scope) ?? '').split(/\s+/).filter((scope) => scope !== ''),
    hasPlainScopes: type === 'google' || isEntra,
  });
  const unverified = leftOut(
    'Addresses that the provider does not vouch for counted there. Here no rule goes by them; trust_email: true would change that.',
  );
  const groups = textOf(options.oidc_groups_claim);
  const email = textOf(options.oidc_email_claim);
  const claims = {
    ...(groups === undefined || groups === 'groups' ? {} : { groups }),
    ...(email === undefined || email === 'email' ? {} : { email }),
  };
  return {
    keys: { ...keys, ...(Object.keys(claims).length === 0 ? {} : { claims }) },
    remarks: isOn(options.insecure_oidc_allow_unverified_email) ? [...remarks, unverified] : remarks,
  };
}

/** Limits of membership that oauth2-proxy asks the provider's own API for, by the key that holds them. */
export function limitsOfApi(options: Readonly<Record<string, unknown>>): readonly string[] {
  return [
    'github_org',
    'github_team',
    'github_repo',
    'github_users',
    'gitlab_projects',
    'bitbucket_team',
    'bitbucket_repository',
    'google_groups',
    'google_group',
  ].filter((key) => textsOf(options[key]).length > 0);
}
