import { canonicalDomain } from '../../policy/canonical-email.ts';
import {
  certificateRemark,
  createNames,
  createNetworks,
  type Draft,
  type DraftRoute,
  leftOut,
  NotImportable,
  note,
  placeholderTls,
  type Remark,
  replace,
} from './draft.ts';
import { closeDropped, guardOverlaps } from './pomerium-paths.ts';
import { providerOf } from './pomerium-provider.ts';
import { type DroppedRoute, readRoute } from './pomerium-route.ts';
import { listenAddressOf, signInHostFor } from './sign-in-host.ts';
import { durationOf, isOn, listOf, recordOf, textOf } from './source-value.ts';

const settled =
  /^(?:log_|proxy_log|cookie_(?!expire)|shared_secret|signing_key|signing_key_algorithm|databroker|authorize_service|authenticate_(?!service_url)|grpc|metrics|tracing|autocert|service$|services$|dns_|envoy|idp_refresh|branding|pomerium_|codec|runtime|debug|http_redirect_addr|insecure_server|certificate|tls_|timeout_|default_upstream|idp_|address$|routes$|policy$|pass_identity_headers$|jwt_|programmatic|forward_auth|client_ca|downstream|health_check|use_proxy_protocol)/;

/** Keys of the whole file that ask every client for a certificate. */
const asksForCertificates = ['client_ca', 'client_ca_file', 'downstream_mtls'] as const;

/** Reads a configuration of Pomerium: `routes`, or `policy` as older versions have it. */
export function readPomerium(source: Readonly<Record<string, unknown>>): Draft {
  const written = inOrder(listOf(source.routes ?? source.policy).map(recordOf));
  if (written.length === 0) throw new NotImportable('It has no routes: neither routes: nor policy: holds a list.');
  const remarks: Remark[] = [
    note('Groups come from a claim here, and from a directory there: see docs/identity-providers.md for the claim.'),
    note('A denial closes here too where the provider does not say what it asks for.'),
  ];
  const networks = createNetworks();
  const nameFor = createNames();
  const identity = source.pass_identity_headers;
  const restrictedBy = asksForCertificates.filter((key) => source[key] !== undefined);
  const dropped: DroppedRoute[] = [];
  const routes = written.flatMap((route, index): readonly DraftRoute[] => {
    const read = readRoute(route, { networks, nameFor, passesIdentity: isOn(identity), restrictedBy });
    if ('route' in read) return [read.route];
    dropped.push(read);
    remarks.push(leftOut(`Route ${index + 1} (${textOf(route.from) ?? 'without from'}): ${read.why}`));
    return [];
  });
  const authHost = hostOf(textOf(source.authenticate_service_url));
  const hosts = routes.map(({ from }) => new URL(from).hostname);
  const isFree = authHost !== undefined && !hosts.includes(authHost);
  const host = isFree ? authHost : signInHostFor(hosts);
  remarks.push(...aboutTheRest(source));
  return {
    product: 'pomerium',
    server: serverOf(source, host),
    serverRemarks: [
      isFree
        ? replace(`Register https://${host}/.postern/callback at the provider.`)
        : replace(
            `The sign-in pages have a host of their own, ${host}: register https://${host}/.postern/callback at the provider.`,
          ),
      certificateRemark,
    ],
    session: sessionOf(source),
    networks: networks.all,
    providers: [providerOf(source)],
    routes: guardOverlaps(closeDropped(routes, dropped)),
    remarks,
  };
}

/** Expressions in the order in which Pomerium asks them; here the first of the file wins. */
function inOrder(routes: readonly Readonly<Record<string, unknown>>[]): readonly Readonly<Record<string, unknown>>[] {
  const isExpression = (route: Readonly<Record<string, unknown>>) => textOf(route.regex) !== undefined;
  const priority = (route: Readonly<Record<string, unknown>>) =>
    typeof route.regex_priority_order === 'number' ? route.regex_priority_order : Number.NEGATIVE_INFINITY;
  const expressions = routes.filter(isExpression).toSorted((one, other) => {
    const [first, second] = [priority(one), priority(other)];
    if (first !== second) return first > second ? -1 : 1;
    return String(one.regex) > String(other.regex) ? -1 : 1;
  });
  return [...routes.filter((route) => !isExpression(route)), ...expressions];
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? canonicalDomain(new URL(url).hostname) : undefined;
}

function serverOf(source: Readonly<Record<string, unknown>>, authHost: string): Readonly<Record<string, unknown>> {
  const certificate = textOf(source.certificate_file);
  const key = textOf(source.certificate_key_file);
  return {
    listeners: [{ address: listenAddressOf(textOf(source.address)) ?? '0.0.0.0:443' }],
    auth_host: authHost,
    tls: certificate === undefined || key === undefined ? placeholderTls : { certificate, key },
  };
}

function sessionOf(source: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const expiration = durationOf(source.cookie_expire);
  return expiration === undefined ? {} : { expiration };
}

function aboutTheRest(source: Readonly<Record<string, unknown>>): readonly Remark[] {
  const remarks: Remark[] = [];
  if (isOn(source.insecure_server))
    remarks.push(note('insecure_server took plain HTTP; Postern is reached over TLS alone.'));
  if (isOn(source.autocert)) remarks.push(leftOut('autocert: Postern fetches no certificates.'));
  for (const key of asksForCertificates)
    if (source[key] !== undefined)
      remarks.push(
        leftOut(
          `${key} asked clients for certificates. Here a certificate names a device: see server.tls.client_ca and postures. Until you write that, every grant is switched off.`,
        ),
      );
  for (const key of ['set_response_headers', 'jwt_claims_headers', 'xff_num_trusted_hops', 'skip_xff_append'])
    if (source[key] !== undefined) remarks.push(leftOut(`${key} has no counterpart here.`));
  const known = /^(?:client_ca|downstream_mtls|set_response_headers|jwt_claims_headers|xff_num|skip_xff)/;
  const rest = Object.keys(source).filter((key) => !settled.test(key) && !known.test(key) && key !== 'cookie_expire');
  const others = rest.filter((key) => key !== 'authenticate_service_url');
  if (others.length > 0) remarks.push(leftOut(`Keys without a counterpart here: ${others.join(', ')}.`));
  return remarks;
}
