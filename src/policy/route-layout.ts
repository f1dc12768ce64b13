import type { Condition } from './condition.ts';
import type { CompiledRule } from './rule-outcome.ts';

/** Where the conditions of a route's rules are among those that are asked; shared by routes whose rules are alike in this. */
export interface RouteLayout {
  /** For each condition of each rule, in order, which check it goes by. */
  readonly places: readonly number[];
  /** Where each rule's conditions end in that list. */
  readonly ends: readonly number[];
}

type Check = Condition['check'];

/** What is asked for a route, in the order of its places: first what goes by the person alone. */
export interface LaidOut {
  readonly layout: RouteLayout;
  readonly ofPerson: readonly Check[];
  readonly ofRequest: readonly Check[];
}

/** Rules often say the same thing, and what two conditions ask with one function is asked once. */
export function layOut(rules: readonly CompiledRule[]): LaidOut {
  const conditions = rules.flatMap((rule) => rule.conditions);
  const ofPerson = checksOf(conditions.filter(({ isOfPersonAlone }) => isOfPersonAlone === true));
  const ofRequest = [...checksOf(conditions)].filter((check) => !ofPerson.has(check));
  const placeOf = new Map([...ofPerson, ...ofRequest].map((check, place) => [check, place]));
  let end = 0;
  const ends = rules.map((rule) => {
    end += rule.conditions.length;
    return end;
  });
  const places = conditions.map(({ check }) => placeOf.get(check) ?? -1);
  return { layout: sharedLayout({ places, ends }), ofPerson: [...ofPerson], ofRequest };
}

function checksOf(conditions: readonly Condition[]): ReadonlySet<Check> {
  return new Set(conditions.map(({ check }) => check));
}

const knownLayouts = new Map<string, RouteLayout>();
const mostLayouts = 10_000;
/** Long ones are rarely alike. */
const longestShared = 256;

function sharedLayout(layout: RouteLayout): RouteLayout {
  if (layout.places.length > longestShared) return layout;
  const name = `${layout.places.join()} ${layout.ends.join()}`;
  const known = knownLayouts.get(name);
  if (known !== undefined) return known;
  if (knownLayouts.size < mostLayouts) knownLayouts.set(name, layout);
  return layout;
}
