import { celText, conditionOf, type PathShape } from './path-shape.ts';

/**
 * One demand on a request or a person, in the two ways to write it: as keys of a rule, and as a condition in CEL. A demand
 * that has no CEL cannot be turned round.
 */
export interface Demand {
  /** A list means any of these; absent where there is no key for it. */
  readonly key?: { readonly name: string; readonly value: unknown };
  readonly cel?: string;
}

/** The demands that rules of other products make, by what they are on. */
export const demands = {
  groups: (groups: readonly string[]): Demand => ({
    key: { name: 'groups', value: groups },
    cel: anyOf(groups.map((group) => `${celText(group)} in user.groups`)),
  }),
  emails: (emails: readonly string[]): Demand => ({
    key: { name: 'emails', value: emails },
    cel: anyOf(emails.map((email) => `user.email == ${celText(email.toLowerCase())}`)),
  }),
  domains: (domains: readonly string[]): Demand => ({
    key: { name: 'domains', value: domains },
    cel: anyOf(domains.map((domain) => `user.email.endsWith(${celText(`@${domain.toLowerCase()}`)})`)),
  }),
  /** A claim that is absent breaks its CEL, which opens nothing in a grant and closes in a denial. */
  claim: (name: string, values: readonly string[]): Demand => ({
    key: { name: 'claims', value: { [name]: values.length === 1 ? values[0] : values } },
    ...(/^[A-Za-z_]\w*$/.test(name)
      ? { cel: anyOf(values.map((value) => `claims.${name} == ${celText(value)}`)) }
      : {}),
  }),
  methods: (methods: readonly string[]): Demand => ({
    key: { name: 'methods', value: methods },
    cel: anyOf(methods.map((method) => `request.method == ${celText(method)}`)),
  }),
  path: (shape: PathShape): Demand => ({ cel: conditionOf(shape) }),
  networks: (names: readonly string[]): Demand => ({ key: { name: 'networks', value: names } }),
  cel: (cel: string): Demand => ({ cel }),
};

/** The opposite of a demand; `undefined` where it cannot be said. */
export function opposite({ cel }: Demand): Demand | undefined {
  return cel === undefined ? undefined : { cel: `!(${cel})` };
}

/** The keys of a rule that asks for all of these; `undefined` where they do not fit one rule. */
export function keysOf(all: readonly Demand[]): Readonly<Record<string, unknown>> | undefined {
  const keys: Record<string, unknown> = {};
  const conditions: string[] = [];
  for (const { key, cel } of all) {
    if (key !== undefined && keys[key.name] === undefined) keys[key.name] = key.value;
    else if (cel !== undefined) conditions.push(cel);
    else return undefined;
  }
  if (conditions.length === 0) return keys;
  const when = conditions.length === 1 ? conditions[0] : conditions.map(inBrackets).join(' && ');
  return when === undefined || when.length > 1_000 ? undefined : { ...keys, when };
}

function inBrackets(condition: string): string {
  return / \|\| /.test(condition) && !/^!?\([^()]*\)$/.test(condition) ? `(${condition})` : condition;
}

function anyOf(conditions: readonly string[]): string {
  return conditions.join(' || ');
}
