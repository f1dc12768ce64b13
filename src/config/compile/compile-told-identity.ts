import { groupsNamedBy } from '../../policy/claims-read.ts';
import type { RoutePolicy } from '../../policy/rule.ts';
import type { ToldIdentity } from '../route.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import { toldFacts } from '../schema/told-identity-schema.ts';
import { plainHeaderName } from '../values/header.ts';
import { parseIdentityText, tellsIdentity } from '../values/identity-text.ts';
import { compileStarPattern } from './star-pattern.ts';

type RouteSettings = Configuration['routes'][number];

const ownNames = { user: 'x-postern-user', email: 'x-postern-email', groups: 'x-postern-groups' } as const;

/** Compiles what a route's app is told of who asks. */
export function compileToldIdentity(
  route: Pick<RouteSettings, 'identity' | 'pass_identity_headers' | 'set_request_headers'>,
  policy: RoutePolicy,
): ToldIdentity {
  const { identity } = route;
  const headerOf = (name: string | undefined, fact: (typeof toldFacts)[number]) =>
    name === undefined ? [] : [{ name, parts: [{ fact }] }];
  const ownFacts = route.pass_identity_headers ? (['user', 'email', 'groups'] as const) : [];
  const written = Object.entries(route.set_request_headers).flatMap(([name, text]) => {
    const read = tellsIdentity(text) ? parseIdentityText(text) : undefined;
    return read?.ok === true ? [{ name, parts: read.value }] : [];
  });
  return {
    groups: groupsTold(identity.groups, policy),
    claims: identity.claims,
    headers: [
      ...ownFacts.flatMap((fact) => headerOf(ownNames[fact], fact)),
      ...toldFacts.flatMap((fact) => headerOf(identity.headers[fact], fact)),
      ...written,
    ],
    assertion: identity.assertion
      ? { lifetimeMs: identity.assertion_lifetime, algorithm: identity.assertion_algorithm }
      : undefined,
    limitBytes: identity.limit,
  };
}

/** Names that no client may send to this app, as the file spells them and as apps read them. */
export function toldHeaderNames({
  identity,
  set_request_headers: set,
}: Pick<RouteSettings, 'identity' | 'set_request_headers'>): readonly string[] {
  const names = [
    ...Object.values(identity.headers),
    ...Object.keys(set).filter((name) => tellsIdentity(set[name] ?? '')),
  ];
  return names.flatMap((name) => (name === undefined ? [] : [name, plainHeaderName(name)]));
}

/** Headers that are the same whoever asks. */
export function plainSetHeaders({
  set_request_headers: set,
}: Pick<RouteSettings, 'set_request_headers'>): readonly (readonly [name: string, value: string])[] {
  return Object.entries(set).filter(([, text]) => !tellsIdentity(text));
}

function groupsTold(groups: RouteSettings['identity']['groups'], policy: RoutePolicy): ToldIdentity['groups'] {
  switch (groups) {
    case 'all':
      return 'all';
    case 'none':
      return { source: groups, has: () => false };
    case 'named': {
      const named = new Set(groupsNamedBy(policy));
      return { source: groups, has: (group) => named.has(group) };
    }
    default: {
      const names = new Set(groups.filter((group) => !group.includes('*')));
      const patterns = groups.filter((group) => group.includes('*')).map(compileStarPattern);
      const source = JSON.stringify(groups);
      return { source, has: (group) => names.has(group) || patterns.some((isLike) => isLike(group)) };
    }
  }
}
