import { parseIssuer } from '../../config/values/web-address.ts';
import { type DraftProvider, type Remark, replace } from './draft.ts';

/** What a file of another product says of its provider. */
interface NamedProvider {
  /** What the product calls it: `google`, `oidc`. */
  readonly type: string;
  readonly issuer: string | undefined;
  /** What is to be done where that is none. */
  readonly noIssuer: string;
  readonly clientId: string | undefined;
  readonly secretFile: string | undefined;
  readonly scopes: readonly unknown[];
  /** True for a product that knows no scope for groups. */
  readonly hasPlainScopes: boolean;
}

/** The provider as Postern has it, with placeholders for what the file does not say. Its secret is never repeated. */
export function draftProvider(named: NamedProvider): DraftProvider {
  const { type, issuer, clientId, scopes } = named;
  const isUsable = issuer !== undefined && parseIssuer(issuer).ok;
  const remarks: Remark[] = [];
  if (!isUsable) remarks.push(replace(named.noIssuer));
  if (clientId === undefined) remarks.push(replace('Write the client id that is registered for Postern.'));
  remarks.push(replace('Put the secret of the client into the file that client_secret names, chmod 0400.'));
  const plainScopes = named.hasPlainScopes ? { scopes: ['openid', 'profile', 'email'] } : {};
  return {
    keys: {
      id: /^[A-Za-z0-9][\w.-]*$/.test(type) ? type : 'corp',
      issuer: isUsable ? issuer : 'https://idp.example.com',
      client_id: clientId ?? 'postern',
      client_secret: `\${file:${named.secretFile ?? 'secrets/client_secret'}}`,
      ...(scopes.includes('openid') ? { scopes } : plainScopes),
    },
    remarks,
  };
}
