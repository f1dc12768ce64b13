import { type AutheliaPolicy, type AutheliaRule, strictness } from './authelia-rule.ts';
import { type Demand, demands, keysOf, opposite } from './conditions.ts';
import { type DraftRule, leftOut, note, type Remark } from './draft.ts';
import { covers, mayOverlap, type PathShape } from './path-shape.ts';

/** What the rules of a host come to on one part of its paths. */
export interface AreaRules {
  readonly isPublic: boolean;
  readonly rules: readonly DraftRule[];
}

/** Names the networks of a rule. */
export type NameNetworks = (networks: readonly string[]) => string;

/** `none`: the rule has none of the area's paths; `all`; `some`. */
type Reach = 'none' | 'some' | 'all';

/**
 * Rules that are asked in order, the first that fits deciding, said as grants of which any opens. A later rule that asks for
 * less than an earlier one gets the opposite of the earlier one as a condition of its own. Where that cannot be said, it asks
 * for as much as the earlier one does, or opens nothing.
 */
export function rulesOfArea(
  area: PathShape,
  rules: readonly AutheliaRule[],
  fallback: AutheliaPolicy,
  nameNetworks: NameNetworks,
): AreaRules {
  const here = rules.filter((rule) => reachOf(rule, area) !== 'none');
  const all: readonly AutheliaRule[] = [
    ...here,
    { position: 0, policy: fallback, resources: [], methods: [], subjects: [], networks: [], strange: [] },
  ];
  const drafted: DraftRule[] = [];
  const denied = new Set<AutheliaRule>();
  for (const [index, rule] of all.entries()) {
    const earlier = all.slice(0, index);
    if (earlier.some((one) => isEverybody(one, area))) break;
    if (rule.policy === 'deny') continue;
    if (rule.policy === 'bypass' && isEverybody(rule, area) && earlier.every(isPublicly))
      return { isPublic: true, rules: [] };
    // What cannot be public is for everyone who can sign in.
    const least = Math.max(1, strictness[rule.policy]);
    const stricter = earlier.filter((one) => strictness[one.policy] > least && mayBoth(one, rule));
    drafted.push(...grantsFor(rule, stricter, area, { nameNetworks, denied }));
  }
  return {
    isPublic: false,
    rules: [...drafted, ...[...denied].flatMap((rule) => denialsFor(rule, area, nameNetworks))],
  };
}

/** A rule that asks who it is makes people sign in, even to be let in. */
function isPublicly({ policy, subjects, strange }: AutheliaRule): boolean {
  return policy === 'bypass' && subjects.length === 0 && strange.length === 0;
}

interface GrantContext {
  readonly nameNetworks: NameNetworks;
  /** Rules that become denials, since no grant can say that it is not of them. */
  readonly denied: Set<AutheliaRule>;
}

function grantsFor(
  rule: AutheliaRule,
  stricter: readonly AutheliaRule[],
  area: PathShape,
  { nameNetworks, denied }: GrantContext,
): readonly DraftRule[] {
  if (rule.strange.length > 0) return [closedRule(rule, `it asks for ${rule.strange.join(' and ')}`)];
  const remarks: Remark[] = [];
  if (rule.policy === 'bypass')
    remarks.push(
      note(
        'This needed no sign-in there. Here only a whole part of the paths can be public, so everyone who can sign in passes.',
      ),
    );
  const conditions: Demand[] = [];
  let policy = rule.policy;
  for (const one of stricter) {
    const opposites = oppositeOf(one, area);
    if (opposites !== undefined) conditions.push(...opposites);
    else if (one.policy === 'two_factor') {
      policy = 'two_factor';
      remarks.push(
        note(
          `Rule ${one.position} came first there and asked for two factors of some of these requests. Which ones cannot be said, so all need two.`,
        ),
      );
    } else if (one.strange.length === 0) denied.add(one);
    else {
      return [
        closedRule(
          rule,
          `rule ${one.position} came first there and refused some of these requests, and which ones cannot be said`,
        ),
      ];
    }
  }
  const methods = rule.methods.length === 0 ? [] : [demands.methods(rule.methods)];
  const networks = rule.networks.length === 0 ? [] : [demands.networks([nameNetworks(rule.networks)])];
  const paths = reachOf(rule, area) === 'all' ? {} : { paths: rule.resources.map(entryOf) };
  if ('paths' in paths && rule.resources.some(({ comparesQuery }) => comparesQuery))
    remarks.push(note('The query was compared with the path there. Here it is not looked at.'));
  const auth = policy === 'two_factor' ? { auth: { methods: ['otp', 'passkey'] } } : {};
  const alternatives = rule.subjects.length === 0 ? [[]] : joinSubjects(rule.subjects);
  return alternatives.map((subject, index): DraftRule => {
    const keys = keysOf([...subject, ...methods, ...networks, ...conditions]);
    if (keys === undefined) return closedRule(rule, 'its demands do not fit one rule');
    const name = rule.position === 0 ? 'default' : `rule-${rule.position}`;
    const isForAll = subject.length === 0 && keys.when === undefined;
    const id = `${isForAll ? 'everyone-' : ''}${name}${index === 0 ? '' : `-${index + 1}`}`;
    return { effect: 'allow', id, keys: { ...keys, ...paths, ...auth }, remarks: index === 0 ? remarks : [] };
  });
}

/** A denial of Postern wins over every grant: it may close what an earlier rule opened. */
function denialsFor(rule: AutheliaRule, area: PathShape, nameNetworks: NameNetworks): readonly DraftRule[] {
  const methods = rule.methods.length === 0 ? [] : [demands.methods(rule.methods)];
  const networks = rule.networks.length === 0 ? [] : [demands.networks([nameNetworks(rule.networks)])];
  const paths = reachOf(rule, area) === 'all' ? {} : { paths: rule.resources.map(entryOf) };
  const alternatives = rule.subjects.length === 0 ? [[]] : rule.subjects;
  return alternatives.map((subject, index): DraftRule => {
    const keys = keysOf([...subject, ...methods, ...networks]) ?? {};
    const text = `Rule ${rule.position} refuses before later rules are asked. A denial wins over every grant here, so it also closes what rules before it opened.`;
    const id = `rule-${rule.position}${index === 0 ? '' : `-${index + 1}`}`;
    return { effect: 'deny', id, keys: { ...keys, ...paths }, remarks: index === 0 ? [note(text)] : [] };
  });
}

/** A grant that is not made. It stands in the file as one that never acts, so that its comment has a place. */
function closedRule({ position }: AutheliaRule, why: string): DraftRule {
  const name = position === 0 ? 'default' : `rule-${position}`;
  const text = `${position === 0 ? 'default_policy' : `Rule ${position}`}: ${why}. It opens nothing here; write it, or remove it.`;
  return { effect: 'allow', id: `${name}-not-translated`, keys: { mode: 'off' }, remarks: [leftOut(text)] };
}

function entryOf({ shape, whole, written }: AutheliaRule['resources'][number]): unknown {
  if (shape?.kind === 'exact') return { path: shape.path };
  if (shape?.kind === 'below') return `${shape.path.replace(/\/$/, '')}/**`;
  return { regex: whole ?? written };
}

/** Lists of one group, or of one name, are one list. */
function joinSubjects(subjects: readonly (readonly Demand[])[]): readonly (readonly Demand[])[] {
  const groups = subjects.flatMap((subject) =>
    subject.length === 1 && subject[0]?.key?.name === 'groups' && Array.isArray(subject[0].key.value)
      ? (subject[0].key.value as readonly string[])
      : [],
  );
  if (groups.length < 2) return subjects;
  const others = subjects.filter((subject) => !(subject.length === 1 && subject[0]?.key?.name === 'groups'));
  return [[demands.groups(groups)], ...others];
}

/** That a request does not fit a rule; `undefined` where that cannot be said. What the rule asks beside it is left out: then it fits more. */
function oppositeOf(rule: AutheliaRule, area: PathShape): readonly Demand[] | undefined {
  const parts: (Demand | undefined)[] = [];
  if (reachOf(rule, area) !== 'all') {
    const shapes = rule.resources.map(({ shape }) => shape);
    if (shapes.every((shape) => shape !== undefined))
      parts.push({ cel: shapes.map((shape) => demands.path(shape).cel).join(' || ') });
  }
  if (rule.methods.length > 0) parts.push(demands.methods(rule.methods));
  if (rule.subjects.length > 0) {
    const all = rule.subjects.map((subject) => subject.map(({ cel }) => cel));
    if (all.every((subject) => subject.every((cel) => cel !== undefined)))
      parts.push({ cel: all.map((subject) => subject.map((cel) => `(${cel})`).join(' && ')).join(' || ') });
  }
  const said = parts.flatMap((part) => (part?.cel === undefined ? [] : [part.cel]));
  if (said.length === 0) return undefined;
  const whole = opposite({ cel: said.length === 1 ? (said[0] ?? '') : said.map((cel) => `(${cel})`).join(' && ') });
  return whole === undefined ? undefined : [whole];
}

/** True when the rule decides every request of the area, whoever makes it. */
function isEverybody(rule: AutheliaRule, area: PathShape): boolean {
  return (
    reachOf(rule, area) === 'all' &&
    rule.methods.length === 0 &&
    rule.subjects.length === 0 &&
    rule.networks.length === 0 &&
    rule.strange.length === 0
  );
}

/** False only where no request fits both. */
function mayBoth(one: AutheliaRule, other: AutheliaRule): boolean {
  if (
    one.methods.length > 0 &&
    other.methods.length > 0 &&
    !one.methods.some((method) => other.methods.includes(method))
  )
    return false;
  if (one.resources.length === 0 || other.resources.length === 0) return true;
  return one.resources.some(({ shape: first }) =>
    other.resources.some(
      ({ shape: second }) => first === undefined || second === undefined || mayOverlap(first, second),
    ),
  );
}

function reachOf({ resources }: AutheliaRule, area: PathShape): Reach {
  if (resources.length === 0 || resources.some(({ shape }) => shape !== undefined && covers(shape, area))) return 'all';
  const touches = resources.some(({ shape }) => shape === undefined || mayOverlap(shape, area));
  return touches ? 'some' : 'none';
}
