import type { RouteIndex } from './metrics.ts';

/** What unknown hosts collapse into, so that a scanner cannot widen the label set. */
export const unknownRoute = '_unknown';

/** Routes by a number that stays theirs over reloads, so that counters go on. Slot 0 is `_unknown`. */
export interface RouteSlots {
  readonly names: readonly string[];
  /** The slots of a list of routes, in its order: `slotOf[index + 1]`, so that -1 finds `_unknown`. */
  assign(routes: readonly { readonly name: string }[]): Int32Array;
}

/** Builds the table of slots. It grows with each new route name and never shrinks while the process lives. */
export function createRouteSlots(): RouteSlots {
  const names = [unknownRoute];
  const slotByName = new Map([[unknownRoute, 0]]);
  return {
    names,
    assign(routes) {
      const slots = new Int32Array(routes.length + 1);
      for (const [index, { name }] of routes.entries()) {
        const slot = slotByName.get(name) ?? names.push(name) - 1;
        slotByName.set(name, slot);
        slots[index + 1] = slot;
      }
      return slots;
    },
  };
}

/** The slot of a route; `_unknown` for an index that the list does not have. */
export function slotOf(slots: Int32Array, route: RouteIndex): number {
  return slots[route + 1] ?? 0;
}
