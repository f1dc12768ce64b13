import { parseRouteOrigin } from '../../config/values/web-address.ts';
import { canonicalDomain } from '../../policy/canonical-email.ts';
import { type AreaRules, rulesOfArea } from './authelia-order.ts';
import { type AutheliaRule, hostsOf, matchDomain, namedNetworksOf, policyOf, readRule } from './authelia-rule.ts';
import {
  certificateRemark,
  createNames,
  createNetworks,
  type Draft,
  type DraftProvider,
  type DraftRoute,
  type DraftRule,
  leftOut,
  NotImportable,
  note,
  placeholderTls,
  placeholderUpstream,
  type Remark,
  replace,
} from './draft.ts';
import { conditionOf, covers, everyPath, type PathShape } from './path-shape.ts';
import { signInHostFor } from './sign-in-host.ts';
import { durationOf, listOf, recordOf, textOf } from './source-value.ts';

type Written = Readonly<Record<string, unknown>>;

const settled = new Set(
  'access_control session definitions theme server log telemetry totp webauthn duo_api identity_validation authentication_backend regulation storage notifier ntp password_policy privacy_policy default_2fa_method default_redirection_url certificates_directory jwt_secret cache identity_providers port host tls'.split(
    ' ',
  ),
);

/** Reads the access control of Authelia. Its rules are asked in order, and the first that fits decides: that is kept. */
export function readAuthelia(source: Written): Draft {
  const control = recordOf(source.access_control);
  const written = listOf(control.rules).map(recordOf);
  const hosts = hostsOf(written).filter((host) => parseRouteOrigin(`https://${host}`).ok);
  if (hosts.length === 0)
    throw new NotImportable('It has no access_control.rules with a whole domain: no app to make a route of.');
  const fallback = policyOf(control.default_policy ?? 'deny');
  const named = namedNetworksOf(source);
  const networks = createNetworks(named);
  const nameFor = createNames();
  const routes = hosts.flatMap((host) => {
    const rules = written.flatMap((rule, index): readonly AutheliaRule[] => {
      const match = matchDomain(rule, host);
      return match === 'no' ? [] : [readRule(rule, index + 1, match, named)];
    });
    return routesOf(host, rules, (area, own) => rulesOfArea(area, own, fallback, networks.nameFor), nameFor);
  });
  const portal = portalOf(source);
  const authHost = signInHostFor([...hosts, ...(portal === undefined ? [] : [portal])]);
  return {
    product: 'authelia',
    server: { listeners: [{ address: '0.0.0.0:8443' }], auth_host: authHost, tls: placeholderTls },
    serverRemarks: [
      replace(
        `The sign-in pages have a host of their own, ${authHost}: register https://${authHost}/.postern/callback at the provider.`,
      ),
      certificateRemark,
    ],
    session: sessionOf(source),
    networks: networks.all,
    providers: [providerOf(portal, routes)],
    routes,
    remarks: remarksOf(source, written, hosts),
  };
}

/** A host has a route for each part of its paths that rules single out where some of it needs no sign-in; else one. */
function routesOf(
  host: string,
  rules: readonly AutheliaRule[],
  read: (area: PathShape, rules: readonly AutheliaRule[]) => AreaRules,
  nameFor: (wanted: string) => string,
): readonly DraftRoute[] {
  const shapes = rules.some(({ policy }) => policy === 'bypass')
    ? rules.flatMap(({ resources }) => resources.flatMap(({ shape }) => (shape === undefined ? [] : [shape])))
    : [];
  const areas = [everyPath, ...shapes].filter(
    (shape, index, all) => all.findIndex((other) => placeKey(other) === placeKey(shape)) === index,
  );
  const label = host.split('.')[0] ?? host;
  return areas.map((area): DraftRoute => {
    // A prefix of Postern is narrower than letters that a path begins with; what is left over is closed in the wider route.
    const own: PathShape =
      area.kind === 'starts' && area.path !== '/' ? { kind: 'below', path: area.path.replace(/\/$/, '') } : area;
    const { isPublic, rules: drafted } = read(area, rulesLeftFor(area, areas, rules));
    const isQueried = rules.some(
      ({ policy, resources }) => policy === 'bypass' && resources.some(({ comparesQuery }) => comparesQuery),
    );
    const guards = areas.flatMap((other): readonly DraftRule[] => guardFor(area, other));
    const slash: readonly DraftRule[] =
      area.kind === 'starts' && area.path !== '/' && area.path.endsWith('/')
        ? [
            {
              effect: 'deny',
              id: 'without-slash',
              keys: { when: `request.path == ${JSON.stringify(own.path)}` },
              remarks: [],
            },
          ]
        : [];
    return {
      name: nameFor(area.path === '/' ? label : `${label}${area.path}`),
      from: `https://${host}`,
      place: area.path === '/' ? {} : area.kind === 'exact' ? { path: area.path } : { prefix: own.path },
      to: [placeholderUpstream],
      isPublic,
      settings: { allow_websockets: true, ...(isPublic ? {} : { pass_identity_headers: true }) },
      rules: [...drafted, ...guards, ...slash],
      remarks: [
        replace('Write the address of the app in to:. Authelia does not know it; the proxy before it does.'),
        ...(isPublic && isQueried && area.path !== '/'
          ? [note('The query was compared with the path there. Here it is not looked at.')]
          : []),
        ...(isPublic ? [note('These paths needed no sign-in there (bypass), and need none here.')] : []),
      ],
    };
  });
}

/** The rules without the paths that have a part of their own, narrower than this one. */
function rulesLeftFor(
  area: PathShape,
  areas: readonly PathShape[],
  rules: readonly AutheliaRule[],
): readonly AutheliaRule[] {
  const narrower = areas.filter((other) => other !== area && covers(area, other));
  return rules.flatMap((rule): readonly AutheliaRule[] => {
    const left = rule.resources.filter(
      ({ shape }) => shape === undefined || !narrower.some((other) => covers(other, shape)),
    );
    return rule.resources.length > 0 && left.length === 0 ? [] : [{ ...rule, resources: left }];
  });
}

function placeKey({ kind, path }: PathShape): string {
  return kind === 'exact' ? `=${path}` : path.replace(/\/$/, '');
}

/** Paths that begin like a narrower part and are not below it. */
function guardFor(area: PathShape, other: PathShape): readonly DraftRule[] {
  if (area.kind === 'exact' || other.kind !== 'starts' || other.path === '/' || other === area) return [];
  if (!other.path.startsWith(area.path) || other.path.endsWith('/')) return [];
  const when = `${conditionOf(other)} && !${conditionOf({ kind: 'below', path: other.path })}`;
  const text = `Paths such as ${other.path}x were of the rules for ${other.path} there. A prefix ends at a slash here, and they are closed.`;
  const id = `not-${other.path.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')}`;
  return [{ effect: 'deny', id, keys: { when }, remarks: [note(text)] }];
}

function portalOf(source: Written): string | undefined {
  const session = recordOf(source.session);
  const [cookie] = listOf(session.cookies).map(recordOf);
  const url = textOf(cookie?.authelia_url);
  return url !== undefined && URL.canParse(url) ? canonicalDomain(new URL(url).hostname) : undefined;
}

function sessionOf(source: Written): Written {
  const session = recordOf(source.session);
  const [cookie] = listOf(session.cookies).map(recordOf);
  const expiration = durationOf(cookie?.expiration ?? session.expiration);
  const inactivity = durationOf(cookie?.inactivity ?? session.inactivity);
  return { ...(expiration === undefined ? {} : { expiration }), ...(inactivity === undefined ? {} : { inactivity }) };
}

/** Authelia goes on as the provider: it knows the people, and says how they signed in. */
function providerOf(portal: string | undefined, routes: readonly DraftRoute[]): DraftProvider {
  const asksForTwo = routes.some(({ rules }) => rules.some(({ keys }) => keys.auth !== undefined));
  return {
    keys: {
      id: 'authelia',
      issuer: `https://${portal ?? 'authelia.example.com'}`,
      client_id: 'postern',
      client_secret: `\${file:secrets/client_secret}`,
      ...(asksForTwo
        ? { factors: { password: { amr: [['pwd']] }, otp: { amr: [['otp']] }, passkey: { amr: [['hwk', 'user']] } } }
        : {}),
    },
    remarks: [
      ...(portal === undefined ? [replace('Write the address of Authelia.')] : []),
      replace(
        'Authelia goes on as the provider: add a client named postern under its identity_providers.oidc.clients, with the scopes openid, profile, email and groups, and for two_factor with authorization_policy: two_factor.',
      ),
      replace('Put the secret of the client into the file that client_secret names, chmod 0400.'),
    ],
  };
}

function remarksOf(source: Written, rules: readonly Written[], hosts: readonly string[]): readonly Remark[] {
  const remarks: Remark[] = [
    note('A user: of Authelia is the claim preferred_username here, and a group: is of the claim groups.'),
    note(
      'one_factor is everyone who can sign in; two_factor asks for otp or a passkey, as the amr of Authelia says it.',
    ),
  ];
  for (const [index, rule] of rules.entries()) {
    const isWide =
      hosts.every((host) => matchDomain(rule, host) !== 'yes') || /[*{]/.test(JSON.stringify(rule.domain ?? ''));
    if (isWide || rule.domain_regex !== undefined)
      remarks.push(
        note(
          `Rule ${index + 1} has a domain with a wildcard or an expression. It is kept for the hosts that other rules name; every other host has no route here, and is closed.`,
        ),
      );
  }
  if (recordOf(recordOf(source.identity_providers).oidc).clients !== undefined)
    remarks.push(note('identity_providers stays where it is: Authelia goes on signing people in.'));
  const rest = Object.keys(source).filter((key) => !settled.has(key));
  if (rest.length > 0) remarks.push(leftOut(`Keys without a counterpart here: ${rest.join(', ')}.`));
  return remarks;
}
