import type { DraftProvider } from './draft.ts';
import { draftProvider } from './draft-provider.ts';
import { listOf, textOf } from './source-value.ts';

const knownIssuers: Readonly<Record<string, string>> = {
  google: 'https://accounts.google.com',
  gitlab: 'https://gitlab.com',
  apple: 'https://appleid.apple.com',
};

/** The identity provider of a configuration of Pomerium. */
export function providerOf(source: Readonly<Record<string, unknown>>): DraftProvider {
  const type = textOf(source.idp_provider) ?? 'corp';
  const issuer = textOf(source.idp_provider_url) ?? knownIssuers[type];
  const why = issuer === undefined ? 'The file names no issuer' : `${issuer} is no https issuer`;
  return draftProvider({
    type,
    issuer,
    noIssuer: `${why}. Write that of an OpenID Connect provider, as it writes it itself.`,
    clientId: textOf(source.idp_client_id),
    secretFile: textOf(source.idp_client_secret_file),
    scopes: listOf(source.idp_scopes).filter((scope) => typeof scope === 'string'),
    hasPlainScopes: type === 'google' || type === 'azure',
  });
}
