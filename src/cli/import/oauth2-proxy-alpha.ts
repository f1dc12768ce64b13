import { listOf, recordOf } from './source-value.ts';

const ofProvider: Readonly<Record<string, string>> = {
  provider: 'provider',
  clientID: 'client_id',
  clientSecret: 'client_secret',
  clientSecretFile: 'client_secret_file',
  scope: 'scope',
  allowedGroups: 'allowed_groups',
};

const ofOidc: Readonly<Record<string, string>> = {
  issuerURL: 'oidc_issuer_url',
  groupsClaim: 'oidc_groups_claim',
  emailClaim: 'oidc_email_claim',
  insecureAllowUnverifiedEmail: 'insecure_oidc_allow_unverified_email',
  insecureSkipIssuerVerification: 'insecure_oidc_skip_issuer_verification',
};

const nested: readonly (readonly [group: string, key: string, option: string])[] = [
  ['keycloakConfig', 'groups', 'keycloak_groups'],
  ['keycloakConfig', 'roles', 'allowed_roles'],
  ['azureConfig', 'tenant', 'azure_tenant'],
  ['githubConfig', 'org', 'github_org'],
  ['githubConfig', 'team', 'github_team'],
  ['githubConfig', 'repo', 'github_repo'],
  ['githubConfig', 'users', 'github_users'],
  ['gitlabConfig', 'group', 'gitlab_groups'],
  ['gitlabConfig', 'projects', 'gitlab_projects'],
  ['bitbucketConfig', 'team', 'bitbucket_team'],
  ['bitbucketConfig', 'repository', 'bitbucket_repository'],
  ['googleConfig', 'group', 'google_groups'],
  ['microsoftEntraIDConfig', 'allowedTenants', 'entra_id_allowed_tenants'],
];

/** The alpha configuration in the keys of the older one, beside the keys that stand there already. */
export function flattenAlpha(source: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { providers, upstreamConfig, injectRequestHeaders, injectResponseHeaders, server, metricsServer, ...flat } =
    source;
  const options: Record<string, unknown> = { ...flat };
  const [provider, ...others] = listOf(providers).map(recordOf);
  if (provider !== undefined) {
    take(options, provider, ofProvider);
    take(options, recordOf(provider.oidcConfig), ofOidc);
    for (const [group, key, option] of nested) {
      const value = recordOf(provider[group])[key];
      if (value !== undefined) options[option] = value;
    }
  }
  if (others.length > 0) options['providers (all but the first)'] = true;
  const upstreams = recordOf(upstreamConfig).upstreams;
  if (upstreams !== undefined) options.upstreams = upstreams;
  if (injectRequestHeaders !== undefined) options.pass_user_headers = listOf(injectRequestHeaders).length > 0;
  if (injectResponseHeaders !== undefined) options.injectResponseHeaders = true;
  const bind = recordOf(server);
  if (bind.SecureBindAddress !== undefined) options.https_address = bind.SecureBindAddress;
  if (metricsServer !== undefined) options.metrics_address = true;
  return options;
}

function take(
  options: Record<string, unknown>,
  from: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): void {
  for (const [name, option] of Object.entries(names)) if (from[name] !== undefined) options[option] = from[name];
}
