import { parseDomain, parseEmail } from '../../config/values/identity.ts';
import { parseNetwork } from '../../config/values/network.ts';
import { type Demand, demands, keysOf, opposite } from './conditions.ts';
import { type DraftRule, leftOut, type NetworkNames, note, type Remark } from './draft.ts';
import { celText } from './path-shape.ts';
import { linesOf, listOf, recordOf, textOf } from './source-value.ts';

/** `never`: it holds for nobody; `always`: for everyone who is signed in, or for everybody (`accept`). */
type Criterion =
  | { readonly kind: 'demand'; readonly demand: Demand }
  | { readonly kind: 'always'; readonly isPublic: boolean }
  | { readonly kind: 'never' }
  | { readonly kind: 'strange'; readonly why: string };

/** What a policy comes to: a public one opens for everybody, its denials apart. */
export interface ReadPolicy {
  readonly rules: readonly DraftRule[];
  readonly isPublic: boolean;
}

/** True when it has a denial, be it one that no person here can meet: who asks is then asked for. */
export function hasDenials(policy: unknown): boolean {
  return listOf(policy).some((one) => recordOf(one).deny !== undefined);
}

/**
 * Reads a policy in Pomerium's language. Each of and, or, not and nor is a rule of its own there, any of which will do; a
 * denial wins. What cannot be said opens nothing, and in a denial it closes.
 */
export function readPolicy(policy: unknown, networks: NetworkNames): ReadPolicy {
  const rules: DraftRule[] = [];
  let isPublic = false;
  for (const one of listOf(policy).map(recordOf)) {
    for (const effect of ['allow', 'deny'] as const) {
      const blocks = recordOf(one[effect]);
      for (const [operator, written] of Object.entries(blocks)) {
        const criteria = listOf(written).flatMap((item) =>
          Object.entries(recordOf(item)).map(([name, data]) => readCriterion(name, data, networks)),
        );
        const read = effect === 'allow' ? allowsOf(operator, criteria) : denialsOf(operator, criteria);
        rules.push(...read.rules);
        isPublic ||= read.isPublic;
      }
    }
  }
  return { rules, isPublic };
}

/** Alternatives that differ in the values of one key alone are one rule. */
function allowsOf(operator: string, criteria: readonly Criterion[]): ReadPolicy {
  switch (operator) {
    case 'and':
      return grantFor(criteria);
    case 'or':
      return joined(criteria.map((criterion) => grantFor([criterion])));
    case 'not':
      return grantFor(criteria.map(negate));
    case 'nor':
      return joined(criteria.map((criterion) => grantFor([negate(criterion)])));
    default:
      return { rules: [closed('allow', `the operator ${celText(operator)}`)], isPublic: false };
  }
}

function denialsOf(operator: string, criteria: readonly Criterion[]): ReadPolicy {
  switch (operator) {
    case 'and':
      return denialFor(criteria);
    case 'or':
      return joined(criteria.map((criterion) => denialFor([criterion])));
    case 'not':
      return denialFor(criteria.map(negate));
    case 'nor':
      return joined(criteria.map((criterion) => denialFor([negate(criterion)])));
    default:
      return { rules: [closed('deny', `the operator ${celText(operator)}`)], isPublic: false };
  }
}

function grantFor(criteria: readonly Criterion[]): ReadPolicy {
  const strange = criteria.find((one) => one.kind === 'strange');
  if (strange !== undefined) return { rules: [closed('allow', strange.why)], isPublic: false };
  if (criteria.length === 0 || criteria.some(({ kind }) => kind === 'never')) return { rules: [], isPublic: false };
  const asked = criteria.flatMap((one) => (one.kind === 'demand' ? [one.demand] : []));
  if (asked.length === 0) {
    const isPublic = criteria.every((one) => one.kind === 'always' && one.isPublic);
    return isPublic
      ? { rules: [], isPublic }
      : { rules: [{ effect: 'allow', id: 'everyone', keys: {}, remarks: [] }], isPublic };
  }
  const keys = keysOf(asked);
  if (keys === undefined) return { rules: [closed('allow', 'demands that do not fit one rule')], isPublic: false };
  return { rules: [{ effect: 'allow', id: idFor(keys), keys, remarks: [] }], isPublic: false };
}

/** Where a part of a denial cannot be said it closes more: the part is dropped, or the denial holds for everyone. */
function denialFor(criteria: readonly Criterion[]): ReadPolicy {
  if (criteria.length === 0 || criteria.some(({ kind }) => kind === 'never')) return { rules: [], isPublic: false };
  const remarks: Remark[] = criteria.flatMap((one) =>
    one.kind === 'strange'
      ? [leftOut(`The denial also asked for ${one.why}; without that it closes more than it did.`)]
      : [],
  );
  const asked = criteria.flatMap((one) => (one.kind === 'demand' ? [one.demand] : []));
  const keys = keysOf(asked) ?? {};
  if (Object.keys(keys).length === 0)
    remarks.push(note('This closes the route for everyone until you narrow it or remove it.'));
  return { rules: [{ effect: 'deny', id: `no-${idFor(keys)}`, keys, remarks }], isPublic: false };
}

/** A grant that is not made. It stands in the file as one that never acts, so that its comment has a place. */
function closed(effect: 'allow' | 'deny', why: string): DraftRule {
  if (effect === 'deny')
    return {
      effect,
      id: 'no-everyone',
      keys: {},
      remarks: [leftOut(`A denial by ${why}. It closes the route for everyone until you write it.`)],
    };
  return {
    effect,
    id: 'not-translated',
    keys: { mode: 'off' },
    remarks: [leftOut(`A grant by ${why}. It opens nothing; write it, or remove it.`)],
  };
}

function joined(parts: readonly ReadPolicy[]): ReadPolicy {
  const rules: DraftRule[] = [];
  for (const rule of parts.flatMap((part) => part.rules)) {
    const [name, ...others] = Object.keys(rule.keys);
    const same = rules.findIndex(
      (earlier) =>
        others.length === 0 &&
        name !== undefined &&
        Object.keys(earlier.keys).join() === name &&
        earlier.remarks.length === 0 &&
        rule.remarks.length === 0,
    );
    const earlier = rules[same];
    const [values, more] = [earlier?.keys[name ?? ''], rule.keys[name ?? '']];
    if (earlier !== undefined && name !== undefined && Array.isArray(values) && Array.isArray(more))
      rules[same] = { ...earlier, keys: { [name]: [...new Set([...values, ...more])] } };
    else rules.push(rule);
  }
  return { rules, isPublic: parts.some(({ isPublic }) => isPublic) };
}

function negate(criterion: Criterion): Criterion {
  switch (criterion.kind) {
    case 'always':
      return { kind: 'never' };
    case 'never':
      return { kind: 'always', isPublic: true };
    case 'strange':
      return criterion;
    case 'demand': {
      const turned = opposite(criterion.demand);
      return turned === undefined
        ? strange(`the opposite of ${criterion.demand.key?.name ?? 'a demand'}`)
        : { kind: 'demand', demand: turned };
    }
  }
}

function strange(why: string): Criterion {
  return { kind: 'strange', why };
}

function demand(one: Demand): Criterion {
  return { kind: 'demand', demand: one };
}

function readCriterion(name: string, data: unknown, networks: NetworkNames): Criterion {
  if (name.startsWith('claim/'))
    return listCriterion(data, (values) => demands.claim(claimName(name.slice(6)), values));
  switch (name) {
    case 'accept':
      return { kind: 'always', isPublic: true };
    case 'authenticated_user':
      return { kind: 'always', isPublic: false };
    case 'reject':
      return { kind: 'never' };
    case 'groups':
      return listCriterion(data, demands.groups);
    case 'email':
      return textCriterion(data, 'user.email', (values) =>
        values.every((value) => parseEmail(value).ok) ? demands.emails(values) : undefined,
      );
    case 'domain':
      return domainCriterion(data);
    case 'user':
      return textCriterion(data, 'user.id', (values) =>
        demands.cel(values.map((value) => `user.id == ${celText(value)}`).join(' || ')),
      );
    case 'http_method':
      return textCriterion(data, 'request.method', (values) =>
        values.every((value) => /^[A-Z]+$/.test(value)) ? demands.methods(values) : undefined,
      );
    case 'http_path':
      return textCriterion(data, 'request.path', (values) =>
        demands.cel(values.map((value) => `request.path == ${celText(value)}`).join(' || ')),
      );
    case 'source_ip': {
      const addresses = linesOf(recordOf(data).is ?? recordOf(data).in ?? data);
      return addresses.length > 0 && addresses.every((address) => parseNetwork(address).ok)
        ? demand(demands.networks([networks.nameFor(addresses)]))
        : strange('source_ip');
    }
    default:
      return strange(name);
  }
}

function claimName(name: string): string {
  return name.replaceAll('/', '.');
}

/** `has`, the default, and `exclude`; `is` is more than a list of Postern can say. */
function listCriterion(data: unknown, make: (values: readonly string[]) => Demand): Criterion {
  const operators = typeof data === 'object' && data !== null && !Array.isArray(data) ? recordOf(data) : { has: data };
  const [operator, ...others] = Object.entries(operators);
  const value = textOf(operator?.[1]);
  if (operator === undefined || others.length > 0 || value === undefined) return strange('a list with several demands');
  if (operator[0] === 'has') return demand(make([value]));
  if (operator[0] === 'exclude') return negate(demand(make([value])));
  return strange(`a list that ${celText(operator[0])} something`);
}

function textCriterion(
  data: unknown,
  fact: string,
  make: (values: readonly string[]) => Demand | undefined,
): Criterion {
  const operators = typeof data === 'string' ? { is: data } : recordOf(data);
  const [operator, ...others] = Object.entries(operators);
  if (operator === undefined || others.length > 0) return strange(`several demands on ${fact}`);
  const [word, written] = operator;
  const values = linesOf(written);
  const [value] = values;
  if (value === undefined) return strange(`an empty demand on ${fact}`);
  const lower = fact === 'user.email' ? value.toLowerCase() : value;
  const celFunction = { starts_with: 'startsWith', ends_with: 'endsWith', contains: 'contains' }[word];
  if (celFunction !== undefined) return demand(demands.cel(`${fact}.${celFunction}(${celText(lower)})`));
  const made = word === 'is' || word === 'in' || word === 'not' ? make(values) : undefined;
  if (made === undefined) return strange(`${fact} ${word} ${values.map(celText).join(', ')}`);
  return word === 'not' ? negate(demand(made)) : demand(made);
}

function domainCriterion(data: unknown): Criterion {
  const operators = typeof data === 'string' ? { is: data } : recordOf(data);
  const [operator, ...others] = Object.entries(operators);
  const values = linesOf(operator?.[1]);
  if (operator === undefined || others.length > 0 || values.length === 0) return strange('several demands on a domain');
  const end = values[0]?.toLowerCase() ?? '';
  if (operator[0] === 'ends_with' && !end.includes('@'))
    return demand(demands.cel(`user.email.endsWith(${celText(end)})`));
  if (!values.every((value) => parseDomain(value).ok) || !['is', 'in', 'not'].includes(operator[0]))
    return strange(`domain ${operator[0]} ${values.map(celText).join(', ')}`);
  const one = demand(demands.domains(values.map((value) => value.toLowerCase())));
  return operator[0] === 'not' ? negate(one) : one;
}

function idFor(keys: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(keys);
  return names.length === 0 ? 'everyone' : names.join('-and-').replace('when', 'condition');
}

/** Ids are unique within a route. */
export function numbered(rules: readonly DraftRule[]): readonly DraftRule[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const number = (seen.get(rule.id) ?? 0) + 1;
    seen.set(rule.id, number);
    return number === 1 ? rule : { ...rule, id: `${rule.id}-${number}` };
  });
}
