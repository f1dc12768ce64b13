import { groupsNamedBy } from '../../policy/claims-read.ts';
import type { RoutePolicy } from '../../policy/rule.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import { toldFacts } from '../schema/told-identity-schema.ts';
import type { ToldIdentity } from '../snapshot.ts';
import { plainHeaderName } from '../values/header.ts';

type RouteSettings = Configuration['routes'][number];

const ownNames = { user: 'x-postern-user', email: 'x-postern-email', groups: 'x-postern-groups' } as const;

/** Compiles what a route's app is told of who asks. */
export function compileToldIdentity(
  { identity, pass_identity_headers: passes }: Pick<RouteSettings, 'identity' | 'pass_identity_headers'>,
  policy: RoutePolicy,
): ToldIdentity {
  const own = passes ? (['user', 'email', 'groups'] as const).map((fact) => ({ name: ownNames[fact], fact })) : [];
  const chosen = toldFacts.flatMap((fact) => {
    const name = identity.headers[fact];
    return name === undefined ? [] : [{ name, fact }];
  });
  return {
    groups: groupsTold(identity.groups, policy),
    claims: identity.claims,
    headers: [...own, ...chosen],
    hasAssertion: identity.assertion,
    limitBytes: identity.limit,
  };
}

/** Names that no client may send to this app, as the file spells them and as apps read them. */
export function toldHeaderNames({ identity }: Pick<RouteSettings, 'identity'>): readonly string[] {
  return Object.values(identity.headers).flatMap((name) => (name === undefined ? [] : [name, plainHeaderName(name)]));
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
      const patterns = groups.filter((group) => group.includes('*')).map((group) => group.split('*'));
      const source = JSON.stringify(groups);
      return { source, has: (group) => names.has(group) || patterns.some((parts) => isMadeOf(group, parts)) };
    }
  }
}

/** Whether a text is these parts with any text between them, in one pass: a provider's names may be long. */
function isMadeOf(text: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop() ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
