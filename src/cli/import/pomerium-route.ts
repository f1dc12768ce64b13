import { looksSecret } from '../../config/source/secret-keys.ts';
import { parseCanonicalPath } from '../../config/values/canonical-path.ts';
import { parseHeaderValue, parseRequestHeaderName } from '../../config/values/header.ts';
import { parseEmail } from '../../config/values/identity.ts';
import { parseRouteOrigin } from '../../config/values/web-address.ts';
import { demands, keysOf } from './conditions.ts';
import {
  type DraftRoute,
  type DraftRule,
  leftOut,
  type NetworkNames,
  note,
  type Remark,
  switchedOff,
} from './draft.ts';
import { celText, wholeExpression } from './path-shape.ts';
import { hasDenials, numbered, readPolicy } from './pomerium-policy.ts';
import { isOn, linesOf, recordOf, textOf, textsOf, upstreamOf } from './source-value.ts';

interface RouteContext {
  readonly networks: NetworkNames;
  readonly nameFor: (wanted: string) => string;
  /** What the file says for all routes. */
  readonly passesIdentity: boolean;
  /** Keys of the whole file that let in fewer people, and that cannot be said. */
  readonly restrictedBy: readonly string[];
}

type Written = Readonly<Record<string, unknown>>;

/** A route that could not be said. What it had of the paths must not fall to another route of its host. */
export interface DroppedRoute {
  readonly why: string;
  readonly from: string;
  /** `undefined`: which paths it had cannot be said either. */
  readonly place: DraftRoute['place'] | undefined;
}

/** Reads one route; or says why it is left out. */
export function readRoute(route: Written, context: RouteContext): { readonly route: DraftRoute } | DroppedRoute {
  const read = readWhole(route, context);
  if ('route' in read) return read;
  return { ...read, from: (textOf(route.from) ?? '').replace(/\/$/, ''), place: placeOf(route) };
}

/** Keys that let in fewer people, in words of which nothing is left here. */
const restrictions = ['tls_downstream_client_ca', 'tls_downstream_client_ca_file', 'sub_policies'];

function readWhole(
  route: Written,
  { networks, nameFor, passesIdentity, restrictedBy }: RouteContext,
): { readonly route: DraftRoute } | { readonly why: string } {
  const from = (textOf(route.from) ?? '').replace(/\/$/, '');
  if (!parseRouteOrigin(from).ok)
    return { why: 'from: must be an https origin of one host here. No route, so nobody passes.' };
  if (route.redirect !== undefined || route.response !== undefined)
    return { why: 'redirects and fixed answers are not read; write them as redirect: or respond: (docs/routes.md).' };
  const remarks: Remark[] = [];
  const upstreams = upstreamsOf(route, remarks);
  if (upstreams.length === 0) return { why: 'to: names no http:// or https:// upstream. No route, so nobody passes.' };
  const place = placeOf(route);
  if (place === undefined) return { why: 'its path cannot be said here. No route, so nobody passes.' };
  const policy = readPolicy(route.policy, networks);
  const rules = [...olderRules(route), ...policy.rules];
  const isOpen = policy.isPublic || isOn(route.allow_public_unauthenticated_access);
  const lost = [...restrictedBy, ...restrictions.filter((key) => route[key] !== undefined && route[key] !== null)];
  const isPublic = isOpen && !hasDenials(route.policy) && lost.length === 0;
  const guards = withoutSlash(route);
  if (lost.length > 0)
    remarks.push(
      leftOut(
        `${lost.join(' and ')} asked for more than is said here. Its grants are switched off (mode: off) until you have written that.`,
      ),
    );
  else if (isOpen && !isPublic)
    remarks.push(
      leftOut(
        'The route was public, but for its denials. Here it needs a sign-in: a public route does not know who asks.',
      ),
    );
  const open: DraftRule = { effect: 'allow', id: 'everyone-signed-in', keys: {}, remarks: [] };
  const granted = isPublic ? [] : isOpen ? [open, ...rules] : rules;
  const grants = lost.length > 0 ? granted.map(switchedOff) : granted;
  const { hostname, pathname } = new URL(from);
  const label = hostname.split('.')[0] ?? hostname;
  return {
    route: {
      name: nameFor(textOf(route.name) ?? `${label}${place.prefix ?? place.path ?? pathname.replace(/\/$/, '')}`),
      from,
      place,
      to: upstreams,
      isPublic,
      settings: settingsOf(route, upstreams, passesIdentity && !isPublic, remarks),
      rules: numbered([...grants, ...guards]),
      remarks: [...remarks, ...aboutTheRest(route)],
    },
  };
}

function upstreamsOf(route: Written, remarks: Remark[]): readonly string[] {
  const written = linesOf(route.to).map((text) => text.replace(/,\d+$/, ''));
  if (linesOf(route.to).some((text) => /,\d+$/.test(text)))
    remarks.push(note('Upstreams take turns here; their weights are left out.'));
  return written.flatMap((text) => {
    const upstream = upstreamOf(text);
    if (upstream === undefined) return [];
    if (upstream.path !== '/' && upstream.path !== '')
      remarks.push(
        leftOut(`There ${upstream.path} was put before each path; here that is rewrite: { prefix: ${upstream.path} }.`),
      );
    return [upstream.origin];
  });
}

function placeOf(route: Written): DraftRoute['place'] | undefined {
  const path = textOf(route.path);
  const regex = textOf(route.regex);
  const prefix = textOf(route.prefix);
  if (path !== undefined) return parseCanonicalPath(path).ok ? { path } : undefined;
  if (regex !== undefined) {
    // The whole path is compared there too.
    const whole = wholeExpression(`^(?:${regex})$`);
    return whole === undefined
      ? undefined
      : { regex: /^\^.*\$$/.test(regex) ? (wholeExpression(regex) ?? whole) : whole };
  }
  if (prefix === undefined || prefix === '/') return {};
  return parseCanonicalPath(prefix).ok ? { prefix: prefix.replace(/\/$/, '') } : undefined;
}

/** A prefix with a slash at its end does not take the path without it there; here it does, and that is closed. */
function withoutSlash(route: Written): readonly DraftRule[] {
  const prefix = textOf(route.prefix) ?? '/';
  if (textOf(route.path) !== undefined || textOf(route.regex) !== undefined || prefix === '/' || !prefix.endsWith('/'))
    return [];
  const keys = { when: `request.path == ${celText(prefix.slice(0, -1))}` };
  return [{ effect: 'deny', id: 'without-slash', keys, remarks: [] }];
}

/** The keys from before the policy language; any of them opens. */
function olderRules(route: Written): readonly DraftRule[] {
  const rules: DraftRule[] = [];
  const add = (id: string, keys: Readonly<Record<string, unknown>>) =>
    rules.push({ effect: 'allow', id, keys, remarks: [] });
  if (isOn(route.allow_any_authenticated_user)) add('everyone', {});
  const users = textsOf(route.allowed_users);
  const emails = users.filter((user) => parseEmail(user).ok);
  if (emails.length > 0) add('users', { emails });
  const ids = users.filter((user) => !parseEmail(user).ok);
  if (ids.length > 0) add('user-ids', { when: ids.map((id) => `user.id == ${celText(id)}`).join(' || ') });
  const domains = textsOf(route.allowed_domains);
  if (domains.length > 0) add('domains', { domains });
  const groups = textsOf(route.allowed_groups);
  if (groups.length > 0) add('groups', { groups });
  for (const [name, values] of Object.entries(recordOf(route.allowed_idp_claims))) {
    const keys = keysOf([demands.claim(name.replaceAll('/', '.'), textsOf(values))]);
    if (keys !== undefined) add(`claim-${name.replace(/[^A-Za-z0-9._-]+/g, '-')}`, keys);
  }
  return rules;
}

const copied = [
  'tls_upstream_server_name',
  'tls_custom_ca_file',
  'tls_client_cert_file',
  'tls_client_key_file',
] as const;

function settingsOf(route: Written, upstreams: readonly string[], passesIdentity: boolean, remarks: Remark[]): Written {
  const headers = headersOf(route, remarks);
  const removed = textsOf(route.remove_request_headers).filter((name) => parseRequestHeaderName(name).ok);
  return {
    ...(textOf(route.description) === undefined ? {} : { description: textOf(route.description) }),
    ...Object.fromEntries(copied.flatMap((key) => (textOf(route[key]) === undefined ? [] : [[key, route[key]]]))),
    ...(textOf(route.tls_server_name) === undefined ? {} : { tls_upstream_server_name: route.tls_server_name }),
    ...(upstreams.some((to) => to.startsWith('http:')) ? { allow_plaintext_upstream: true } : {}),
    ...(isOn(route.allow_websockets) ? { allow_websockets: true } : {}),
    ...(isOn(route.pass_identity_headers, passesIdentity) ? { pass_identity_headers: true } : {}),
    ...(Object.keys(headers).length > 0 ? { set_request_headers: headers } : {}),
    ...(removed.length > 0 ? { remove_request_headers: removed } : {}),
  };
}

/** Headers that may hold a secret become references; it is not repeated. */
function headersOf(route: Written, remarks: Remark[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(recordOf(route.set_request_headers))) {
    if (
      typeof value !== 'string' ||
      !parseRequestHeaderName(name).ok ||
      !parseHeaderValue(value).ok ||
      value.includes('$')
    ) {
      remarks.push(leftOut(`The header ${name} of set_request_headers.`));
    } else if (looksSecret(name) || /authorization|cookie/i.test(name)) {
      headers[name] = `\${file:secrets/header_${name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}}`;
      remarks.push({ kind: 'replace', text: `Put the value of ${name} into the file that set_request_headers names.` });
    } else headers[name] = value;
  }
  return headers;
}

const elsewhere: Readonly<Record<string, string>> = {
  cors_allow_preflight: 'name the origins that may ask: cors: { origins: [https://portal.corp.example] }',
  tls_skip_verify: 'certificates of upstreams are always checked; name their authority with tls_custom_ca_file',
  prefix_rewrite: 'write rewrite: { strip_prefix: …, prefix: … }',
  regex_rewrite_pattern: 'only prefixes are rewritten here: rewrite: { strip_prefix: …, prefix: … }',
  host_rewrite: 'write upstream: { host_header: app.internal }',
  host_rewrite_header:
    'the app gets the host that the person typed, its own (upstream: { host_header: upstream }), or one that is written',
  host_path_regex_rewrite_pattern: 'the app gets the host that the person typed',
  timeout: 'write upstream: { timeout: 60s }',
  idle_timeout: 'streams are not cut here',
  tls_downstream_client_ca: 'no certificate of the client is asked for until you write a posture',
  tls_downstream_client_ca_file: 'no certificate of the client is asked for until you write a posture',
  sub_policies: 'write their rules under allow: and deny:',
  kubernetes_service_account_token: 'it is set as a header: set_request_headers',
  kubernetes_service_account_token_file: 'it is set as a header: set_request_headers',
  idp_client_id: 'a provider is written once, under identity_providers:',
  set_response_headers: 'write the same key here; values have no references',
  tls_custom_ca: 'put it into a file: tls_custom_ca_file',
  tls_client_cert: 'put it into a file: tls_client_cert_file',
};

const said = new Set(
  'name description from to prefix path regex regex_priority_order policy allowed_users allowed_domains allowed_groups allowed_idp_claims allow_public_unauthenticated_access allow_any_authenticated_user allow_websockets pass_identity_headers preserve_host_header set_request_headers remove_request_headers tls_server_name tls_client_key tls_upstream_server_name tls_custom_ca_file tls_client_cert_file tls_client_key_file idp_client_secret regex_rewrite_substitution logo_url show_error_details'.split(
    ' ',
  ),
);

function aboutTheRest(route: Written): readonly Remark[] {
  return Object.keys(route)
    .filter((key) => !said.has(key) && route[key] !== false && route[key] !== null)
    .map((key) =>
      leftOut(`${key}${elsewhere[key] === undefined ? ' has no counterpart here' : `: ${elsewhere[key]}`}.`),
    );
}
