/** The identity providers that init knows how to write down. */
export const providerNames = ['okta', 'entra', 'google', 'keycloak', 'other'] as const;
export type ProviderName = (typeof providerNames)[number];

/** What is peculiar to one provider. */
export interface ProviderPreset {
  readonly title: string;
  /** `asked`: `example` is what one looks like. */
  readonly issuer:
    | { readonly kind: 'asked'; readonly example: string }
    | { readonly kind: 'fixed'; readonly url: string };
  /** Where at the provider the redirect URI goes; completes "Register it … ". */
  readonly register: string;
  /** What its groups are: told when somebody may open the app by one. `undefined`: it sends none. */
  readonly groups: string | undefined;
  /** The rest of the provider in the configuration, as it stands there. */
  readonly lines: readonly string[];
  /** False where no step-up can be asked for, so that medium risk must do something else. */
  readonly stepsUp: boolean;
}

const withoutGroupsScope = 'scopes: [openid, profile, email] # asking for groups would be an error there';

/** docs/identity-providers.md says the same in a table. */
export const providerPresets: Readonly<Record<ProviderName, ProviderPreset>> = {
  okta: {
    title: 'Okta',
    issuer: { kind: 'asked', example: 'https://corp.okta.com' },
    register: 'under Applications, the app, General, Sign-in redirect URIs',
    groups: 'Okta sends groups once the app has a groups claim filter: Sign On, OpenID Connect ID Token.',
    lines: [
      'factors: # what Okta says when a method was used, and is asked for in a step-up',
      '  password: { amr: [[pwd]] }',
      '  otp: { acr: ["urn:okta:loa:2fa:any"] }',
      '  passkey: { acr: [phr, phrh] }',
    ],
    stepsUp: true,
  },
  entra: {
    title: 'Microsoft',
    issuer: { kind: 'asked', example: 'https://login.microsoftonline.com/TENANT_ID/v2.0' },
    register: 'under App registrations, the app, Authentication, Web, Redirect URIs',
    groups: 'Entra ID sends groups once Token configuration has a groups claim, and sends their object ids.',
    lines: [
      withoutGroupsScope,
      'claims: { email: preferred_username }',
      'trust_email: true # Entra ID does not say what is verified; the tenant of the issuer is yours alone',
    ],
    stepsUp: false,
  },
  google: {
    title: 'Google',
    issuer: { kind: 'fixed', url: 'https://accounts.google.com' },
    register: 'under Google Auth Platform, Clients, the client, Authorized redirect URIs',
    groups: undefined,
    lines: [withoutGroupsScope],
    stepsUp: false,
  },
  keycloak: {
    title: 'Keycloak',
    issuer: { kind: 'asked', example: 'https://keycloak.corp.example/realms/corp' },
    register: 'under Clients, the client, Settings, Valid redirect URIs',
    groups:
      'Keycloak sends groups once the client has a mapper "Group Membership" to the claim groups, without full path.',
    lines: [
      withoutGroupsScope,
      'factors: # the levels of its browser flow, each asked for in a step-up by its number',
      '  password: { acr: ["1"] }',
      '  otp: { acr: ["2"] }',
    ],
    stepsUp: true,
  },
  other: {
    title: 'Corp account',
    issuer: { kind: 'asked', example: 'https://idp.corp.example' },
    register: 'as the redirect URI of the client',
    groups: 'The provider must send them as the list "groups" in the ID Token or in userinfo.',
    lines: [
      '# Before a rule asks for a second factor, say what your provider calls it:',
      '# factors: { password: { amr: [[pwd]] }, otp: { acr: [mfa] } }',
    ],
    stepsUp: true,
  },
};
