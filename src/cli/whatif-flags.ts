import { frontPathOf, type Route } from '../config/route.ts';
import { givenSchema, testRequestSchema } from '../config/schema/test-schema.ts';
import { type Snapshot, servicesOf } from '../config/snapshot.ts';
import type { Given } from '../config/tryout/policy-test.ts';
import { closest } from '../config/values/closest.ts';
import { parseDuration } from '../config/values/duration.ts';
import { authenticationMethods } from '../decision/decision.ts';

/** What was typed. */
export interface WhatIfFlags {
  readonly user?: string;
  readonly service?: string;
  readonly groups?: string;
  readonly claim?: readonly string[];
  readonly app?: string;
  readonly url?: string;
  readonly method?: string;
  readonly path?: string;
  readonly posture?: readonly string[];
  readonly auth?: readonly string[];
  readonly risk?: string;
  readonly network?: string;
  readonly ip?: string;
  readonly now?: string;
  readonly provider?: string;
}

/** A question that makes sense with a configuration. */
export interface Asked {
  readonly route: Route;
  readonly given: Given;
  readonly method: string;
  readonly path: string;
}

/** Reads the flags against a configuration. A sentence says what cannot be. */
export function readAsked(flags: WhatIfFlags, snapshot: Snapshot): Asked | string {
  const target = readTarget(flags, snapshot);
  if (typeof target === 'string') return target;
  const pairs = readPairs(flags);
  if (typeof pairs === 'string') return pairs;
  const parsed = givenSchema.safeParse({
    provider: flags.provider,
    service: flags.service,
    user: flags.user,
    groups: flags.groups === undefined ? undefined : flags.groups.split(',').filter((group) => group !== ''),
    risk: flags.risk === undefined ? undefined : Number(flags.risk),
    network: flags.network,
    address: flags.ip,
    now: flags.now,
    ...pairs,
  });
  if (!parsed.success)
    return `--${String(parsed.error.issues[0]?.path.join('.') ?? '')} cannot be read. See: postern help whatif`;
  const given = parsed.data;
  const unknown = unknownName(given, snapshot);
  return unknown ?? { given, ...target };
}

function readTarget(flags: WhatIfFlags, { routes, routeTable }: Snapshot): Omit<Asked, 'given'> | string {
  const method = (flags.method ?? 'GET').toUpperCase();
  let host: string;
  let path = flags.path;
  let named: Route | undefined;
  if (flags.url !== undefined) {
    if (flags.app !== undefined || path !== undefined) return 'Give --url, or --app and --path.';
    if (!URL.canParse(flags.url)) return `"${flags.url}" is not a URL.`;
    const url = new URL(flags.url);
    host = url.hostname;
    path = url.pathname;
  } else {
    if (flags.app === undefined) return 'Say which app: --app NAME or --url URL.';
    named = routes.find(({ name }) => name === flags.app);
    if (named === undefined)
      return noSuch(
        'app',
        flags.app,
        routes.map(({ name }) => name),
      );
    host = named.host;
    path ??= frontPathOf(named);
    if (path === undefined) return `The app "${named.name}" has no path of its own: say --path.`;
  }
  const request = testRequestSchema.safeParse({ method, path });
  if (!request.success)
    return `"${path}" with the method ${method} is no request: the path must be canonical, the method a token.`;
  const route = routeTable.find(host, path);
  if (route === undefined) return `No route serves ${host}${path}: the answer is route_unknown.`;
  if (named !== undefined && route !== named)
    return `${path} belongs to the app "${route.name}", not to "${named.name}".`;
  return { route, method, path };
}

/** What is given as pairs, in the words of the file's tests; a sentence where one cannot be read. */
export function readPairs({ claim, posture, auth }: WhatIfFlags) {
  const claims: [string, unknown][] = [];
  for (const text of claim ?? []) {
    const at = text.indexOf('=');
    if (at < 1) return `--claim takes NAME=VALUE, not "${text}".`;
    claims.push([text.slice(0, at), claimValue(text.slice(at + 1))]);
  }
  const postures: [string, unknown][] = [];
  for (const text of posture ?? []) {
    const match = /^([^=]+)=(?:(pass)|fail:(.+))$/.exec(text);
    if (match === null) return `--posture takes NAME=pass or NAME=fail:CHECK,CHECK, not "${text}".`;
    postures.push([match[1] ?? '', match[2] ?? { fail: (match[3] ?? '').split(',') }]);
  }
  const proofs: [string, string][] = [];
  for (const text of auth ?? []) {
    const [method = '', age = '0s', ...rest] = text.split(',');
    if (rest.length > 0) return `--auth takes METHOD or METHOD,AGE such as passkey,5m, not "${text}".`;
    const known: readonly string[] = authenticationMethods;
    if (!known.includes(method)) {
      const meant = closest(method, known, 3);
      const hint = meant === undefined ? `The methods: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
      return `There is no method "${method}". ${hint}`;
    }
    const parsed = parseDuration(age, 0, Number.MAX_SAFE_INTEGER);
    if (!parsed.ok)
      return `--auth ${text}: "${age}" ${parsed.says}${parsed.help === undefined ? '' : `: ${parsed.help}`}.`;
    proofs.push([method, age]);
  }
  return {
    ...(claim === undefined ? {} : { claims: Object.fromEntries(claims) }),
    ...(posture === undefined ? {} : { device: Object.fromEntries(postures) }),
    ...(auth === undefined ? {} : { auth: Object.fromEntries(proofs) }),
  };
}

function claimValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function unknownName(given: Given, snapshot: Snapshot): string | undefined {
  const { providers, postures, networks } = snapshot;
  if (given.service !== undefined) {
    const known = servicesOf(snapshot).map(({ id }) => id);
    if (!known.includes(given.service)) return noSuch('service', given.service, known);
    const [other] = (['user', 'groups', 'claims', 'auth', 'risk', 'provider'] as const).filter(
      (key) => given[key] !== undefined,
    );
    if (other !== undefined) return `A service has no ${other}: give --service without it.`;
  }
  if (given.provider === undefined && given.service === undefined && providers.size > 1)
    return `Say with which provider: --provider ${[...providers.keys()].join(' or ')}.`;
  if (given.provider !== undefined && !providers.has(given.provider))
    return noSuch('provider', given.provider, [...providers.keys()]);
  for (const [name, state] of Object.entries(given.device ?? {})) {
    const posture = postures.get(name);
    if (posture === undefined) return noSuch('posture', name, [...postures.keys()]);
    const checks = posture.require.map(({ check }) => check);
    for (const check of state === 'pass' ? [] : state.fail)
      if (!checks.includes(check)) return noSuch(`check of the posture ${name}`, check, checks);
  }
  if (given.network === undefined) return undefined;
  if (given.address !== undefined) return 'Give --network or --ip, not both.';
  const network = networks?.get(given.network);
  if (network === undefined) return noSuch('network', given.network, [...(networks?.keys() ?? [])]);
  return network.overlaps.length === 0
    ? undefined
    : `The network "${given.network}" overlaps ${network.overlaps.join(', ')}: give --ip ADDRESS.`;
}

function noSuch(kind: string, name: string, known: readonly string[]): string {
  const meant = closest(name, known, 3);
  return `There is no ${kind} "${name}" in the file.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`;
}
