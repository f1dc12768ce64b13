import { canonicalDomain } from '../../policy/canonical-email.ts';
import {
  certificateRemark,
  createNames,
  type Draft,
  type DraftRoute,
  leftOut,
  note,
  placeholderTls,
  placeholderUpstream,
  type Remark,
  replace,
} from './draft.ts';
import { rulesOf } from './oauth2-proxy-access.ts';
import { flattenAlpha } from './oauth2-proxy-alpha.ts';
import { openPaths } from './oauth2-proxy-open-paths.ts';
import { providerOf } from './oauth2-proxy-provider.ts';
import { listenAddressOf, signInHostFor } from './sign-in-host.ts';
import { durationOf, isOn, linesOf, recordOf, textOf, textsOf, upstreamOf } from './source-value.ts';

/** Keys that say nothing of who may open what, or that Postern settles by itself. */
const settled =
  /^(?:cookie_(?!expire)|logging|standard_logging|request_logging|auth_logging|silence|exclude_logging|custom_|templates|footer|banner|logo|session_|redis_|metrics_|ping_|ready_|proxy_prefix|whitelist_domains?|skip_provider_button|approval_prompt|prompt|flush_interval|pass_basic_auth|pass_user_headers|prefer_email_to_user|set_xauthrequest|code_challenge|force_|display_|show_|encode_state|http_address|insecure_oidc_skip_nonce|user_id_claim|provider_display_name|skip_auth_strip_headers|gcp_|email_domain$)/;

const translated = new Set(
  'redirect_url upstreams pass_host_header proxy_websockets upstream_timeout cookie_expire https_address tls_cert_file tls_key_file reverse_proxy trusted_ips skip_auth_routes skip_auth_regex skip_auth_preflight api_routes email_domains authenticated_emails_file allowed_groups allowed_roles keycloak_groups gitlab_groups gitlab_projects github_org github_team github_repo github_users bitbucket_team bitbucket_repository google_groups google_group provider client_id client_secret client_secret_file oidc_issuer_url scope oidc_groups_claim oidc_email_claim azure_tenant entra_id_allowed_tenants insecure_oidc_allow_unverified_email insecure_oidc_skip_issuer_verification ssl_upstream_insecure_skip_verify ssl_insecure_skip_verify'.split(
    ' ',
  ),
);

interface Mount {
  readonly path: string;
  readonly to: string;
  readonly remarks: readonly Remark[];
}

/** Reads a configuration of oauth2-proxy: its cfg, its alpha configuration, or both in one. */
export function readOauth2Proxy(source: Readonly<Record<string, unknown>>): Draft {
  const options = flattenAlpha(source);
  const remarks: Remark[] = [];
  const host = hostOf(options);
  const from = `https://${host ?? 'app.example.com'}`;
  const placeOfApp = host === undefined ? [replace('Write the host that people type in from:, in each route.')] : [];
  const mounts = mountsOf(options, remarks);
  const access = rulesOf(options);
  const settings = settingsOf(options);
  const nameFor = createNames();
  const label = (host ?? 'app').split('.')[0] ?? 'app';
  const routes = mounts.map((mount): DraftRoute => {
    const isFolder = mount.path.endsWith('/');
    return {
      name: nameFor(`${label}${mount.path === '/' ? '' : `-${mount.path}`}`),
      from,
      place: mount.path === '/' ? {} : isFolder ? { prefix: mount.path.slice(0, -1) } : { path: mount.path },
      to: [mount.to],
      isPublic: false,
      settings: { ...settings, ...(mount.to.startsWith('http:') ? { allow_plaintext_upstream: true } : {}) },
      rules: access.rules,
      remarks: [...placeOfApp, ...mount.remarks, ...access.remarks],
    };
  });
  remarks.push(...aboutTheRest(options));
  const authHost = signInHostFor([host ?? 'app.example.com']);
  return {
    product: 'oauth2-proxy',
    server: serverOf(options, authHost),
    serverRemarks: [
      replace(
        `The sign-in pages have a host of their own, ${authHost}: register https://${authHost}/.postern/callback at the provider.`,
      ),
      certificateRemark,
    ],
    session: sessionOf(options),
    networks: {},
    providers: [providerOf(options)],
    routes: openPaths(options, routes, nameFor, remarks),
    remarks,
  };
}

function hostOf(options: Readonly<Record<string, unknown>>): string | undefined {
  const redirect = textOf(options.redirect_url) ?? '';
  if (!URL.canParse(redirect)) return undefined;
  return canonicalDomain(new URL(redirect).hostname);
}

function mountsOf(options: Readonly<Record<string, unknown>>, remarks: Remark[]): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  const listed = Array.isArray(options.upstreams) ? options.upstreams : linesOf(options.upstreams);
  for (const one of listed) {
    const record = typeof one === 'string' ? { uri: one } : recordOf(one);
    const uri = textOf(record.uri) ?? '';
    const upstream = upstreamOf(uri);
    const path = textOf(record.path) ?? upstream?.path ?? '/';
    if (upstream === undefined || isOn(record.static)) {
      remarks.push(leftOut(`The upstream ${JSON.stringify(uri)}: Postern forwards to http:// and https:// alone.`));
      continue;
    }
    if (!/^\/[\w./~-]*$/.test(path) || textOf(record.rewriteTarget) !== undefined) {
      remarks.push(
        leftOut(
          `The upstream at ${JSON.stringify(path)}: a path is never rewritten here. The paths go to no route of their own.`,
        ),
      );
      continue;
    }
    if (mounts.has(path)) {
      remarks.push(leftOut(`A second upstream at ${path}.`));
      continue;
    }
    const isMoved = textOf(record.path) !== undefined && upstream.path !== '/' && upstream.path !== path;
    const moved = note(`There the path ${upstream.path} was put before each path; here a path is forwarded as it is.`);
    mounts.set(path, { path, to: upstream.origin, remarks: isMoved ? [moved] : [] });
  }
  if (mounts.size > 0) return [...mounts.values()];
  const remark = replace(
    'Write the address of the app in to:. The file names no upstream that Postern can forward to.',
  );
  return [{ path: '/', to: placeholderUpstream, remarks: [remark] }];
}

function settingsOf(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    ...(isOn(options.proxy_websockets, true) ? { allow_websockets: true } : {}),
    ...(isOn(options.pass_user_headers, true) || isOn(options.pass_basic_auth, true)
      ? { pass_identity_headers: true }
      : {}),
  };
}

function serverOf(options: Readonly<Record<string, unknown>>, authHost: string): Readonly<Record<string, unknown>> {
  const certificate = textOf(options.tls_cert_file);
  const key = textOf(options.tls_key_file);
  const timeout = durationOf(options.upstream_timeout);
  return {
    listeners: [
      {
        address:
          (key === undefined ? undefined : listenAddressOf(textOf(options.https_address) ?? ':443')) ?? '0.0.0.0:8443',
      },
    ],
    auth_host: authHost,
    tls: certificate === undefined || key === undefined ? placeholderTls : { certificate, key },
    ...(timeout === undefined ? {} : { limits: { request_timeout: timeout } }),
  };
}

function sessionOf(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const expiration = durationOf(options.cookie_expire);
  return expiration === undefined ? {} : { expiration };
}

/** What stands in the file and nowhere in the draft. */
function aboutTheRest(options: Readonly<Record<string, unknown>>): readonly Remark[] {
  const remarks: Remark[] = [
    note(
      'Apps get X-Postern-Assertion, -User, -Email and -Groups in the place of X-Forwarded-User, -Email and -Groups.',
    ),
  ];
  if (textsOf(options.trusted_ips).length > 0)
    remarks.push(
      leftOut(
        `trusted_ips let ${textsOf(options.trusted_ips).join(', ')} in without a sign-in. Here they sign in as everybody does.`,
      ),
    );
  if (isOn(options.skip_auth_preflight))
    remarks.push(leftOut('skip_auth_preflight: name the origins that may ask, cors: { origins: […] }, in the route.'));
  if (isOn(options.reverse_proxy))
    remarks.push(
      leftOut('reverse_proxy believed X-Forwarded-For of anybody. Name the proxies under server: trusted_proxies:.'),
    );
  if (options.pass_host_header !== undefined && !isOn(options.pass_host_header))
    remarks.push(
      note(
        'pass_host_header was false; here the app gets the host that the person typed, unless the route says upstream: { host_header: upstream }.',
      ),
    );
  for (const key of [
    'ssl_upstream_insecure_skip_verify',
    'ssl_insecure_skip_verify',
    'insecure_oidc_skip_issuer_verification',
  ])
    if (isOn(options[key])) remarks.push(leftOut(`${key}: certificates and issuers are always checked here.`));
  const rest = Object.keys(options).filter((key) => !translated.has(key) && !settled.test(key));
  if (rest.length > 0) remarks.push(leftOut(`Keys without a counterpart here: ${rest.join(', ')}.`));
  return remarks;
}
