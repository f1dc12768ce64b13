import { parseIssuer } from '../../config/values/web-address.ts';
import { type DraftProvider, type Remark, replace } from './draft.ts';
import { listOf, textOf } from './source-value.ts';

const knownIssuers: Readonly<Record<string, string>> = {
  google: 'https://accounts.google.com',
  gitlab: 'https://gitlab.com',
  apple: 'https://appleid.apple.com',
};

/** The identity provider of a configuration of Pomerium. Its secret is never repeated. */
export function providerOf(source: Readonly<Record<string, unknown>>): DraftProvider {
  const type = textOf(source.idp_provider) ?? 'corp';
  const named = textOf(source.idp_provider_url) ?? knownIssuers[type];
  const isUsable = named !== undefined && parseIssuer(named).ok;
  const clientId = textOf(source.idp_client_id);
  const remarks: Remark[] = [];
  if (!isUsable)
    remarks.push(
      replace(
        `${named === undefined ? 'The file names no issuer' : `${named} is no https issuer`}. Write that of an OpenID Connect provider, as it writes it itself.`,
      ),
    );
  if (clientId === undefined) remarks.push(replace('Write the client id that is registered for Postern.'));
  remarks.push(replace('Put the secret of the client into the file that client_secret names, chmod 0400.'));
  const scopes = listOf(source.idp_scopes).filter((scope) => typeof scope === 'string');
  const isPlain = type === 'google' || type === 'azure';
  return {
    keys: {
      id: /^[A-Za-z0-9][\w.-]*$/.test(type) ? type : 'corp',
      issuer: isUsable ? named : 'https://idp.example.com',
      client_id: clientId ?? 'postern',
      client_secret: `\${file:${textOf(source.idp_client_secret_file) ?? 'secrets/client_secret'}}`,
      ...(scopes.includes('openid') ? { scopes } : isPlain ? { scopes: ['openid', 'profile', 'email'] } : {}),
    },
    remarks,
  };
}
