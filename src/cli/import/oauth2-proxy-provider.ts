import { parseIssuer } from '../../config/values/web-address.ts';
import { type DraftProvider, leftOut, type Remark, replace } from './draft.ts';
import { isOn, textOf, textsOf } from './source-value.ts';

/** Issuers of providers that have one for everybody. */
const knownIssuers: Readonly<Record<string, string>> = {
  google: 'https://accounts.google.com',
  gitlab: 'https://gitlab.com',
};

/** The identity provider of a configuration of oauth2-proxy. Its secret is never repeated. */
export function providerOf(options: Readonly<Record<string, unknown>>): DraftProvider {
  const type = textOf(options.provider) ?? 'google';
  const remarks: Remark[] = [];
  const tenant = textOf(options.azure_tenant);
  const isEntra = /^(?:azure|entra-id|adfs)$/.test(type);
  const named =
    textOf(options.oidc_issuer_url) ??
    (isEntra && tenant !== undefined && tenant !== 'common'
      ? `https://login.microsoftonline.com/${tenant}/v2.0`
      : knownIssuers[type]);
  const isUsable = named !== undefined && parseIssuer(named).ok;
  if (!isUsable) {
    const why =
      named === undefined
        ? `The provider ${JSON.stringify(type)} has no issuer in the file.`
        : `${named} is no https issuer.`;
    remarks.push(replace(`${why} Write the issuer of an OpenID Connect provider.`));
  }
  const clientId = textOf(options.client_id);
  if (clientId === undefined) remarks.push(replace('Write the client id that is registered for Postern.'));
  remarks.push(replace('Put the secret of the client into the file that client_secret names, chmod 0400.'));
  if (isOn(options.insecure_oidc_allow_unverified_email))
    remarks.push(
      leftOut(
        'Addresses that the provider does not vouch for counted there. Here no rule goes by them; trust_email: true would change that.',
      ),
    );
  const scopes = (textOf(options.scope) ?? '').split(/\s+/).filter((scope) => scope !== '');
  const groups = textOf(options.oidc_groups_claim);
  const email = textOf(options.oidc_email_claim);
  const claims = {
    ...(groups === undefined || groups === 'groups' ? {} : { groups }),
    ...(email === undefined || email === 'email' ? {} : { email }),
  };
  const isPlainScope = type === 'google' || isEntra;
  return {
    keys: {
      id: /^[A-Za-z0-9][\w.-]*$/.test(type) ? type : 'corp',
      issuer: isUsable ? named : 'https://idp.example.com',
      client_id: clientId ?? 'postern',
      client_secret: `\${file:${textOf(options.client_secret_file) ?? 'secrets/client_secret'}}`,
      ...(scopes.includes('openid') ? { scopes } : isPlainScope ? { scopes: ['openid', 'profile', 'email'] } : {}),
      ...(Object.keys(claims).length === 0 ? {} : { claims }),
    },
    remarks,
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
