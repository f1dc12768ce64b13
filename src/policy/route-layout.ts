import type { Condition } from './condition.ts';
import type { CompiledRule } from './rule-outcome.ts';

/** Where the conditions of a route's rules are among those that are asked; shared by routes whose rules are alike in this. */
export interface RouteLayout {
  /** For each condition of each rule, in order, which check it goes by. */
  readonly places: readonly number[];
  /** Where each rule's conditions end in that list. */
  readonly ends: readonly number[];
}

/** Rules often say the same thing, and what two conditions ask with one function is asked once. */
export function layOut(rules: readonly CompiledRule[]): {
  readonly layout: RouteLayout;
  readonly checks: readonly Condition['check'][];
} {
  const placeOf = new Map<Condition['check'], number>();
  const places: number[] = [];
  const ends: number[] = [];
  for (const { conditions } of rules) {
    for (const { check } of conditions) {
      const place = placeOf.get(check) ?? placeOf.size;
      placeOf.set(check, place);
      places.push(place);
    }
    ends.push(places.length);
  }
  return { layout: sharedLayout({ places, ends }), checks: [...placeOf.keys()] };
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
