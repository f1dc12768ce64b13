import { type DraftRoute, type DraftRule, leftOut, note, switchedOff } from './draft.ts';
import { conditionOf, type PathShape } from './path-shape.ts';
import type { DroppedRoute } from './pomerium-route.ts';

/**
 * Keeps what a route had that could not be said from falling to another one of its host. Where its paths can be told, they
 * are denied there; where not, that route opens nothing.
 */
export function closeDropped(routes: readonly DraftRoute[], dropped: readonly DroppedRoute[]): readonly DraftRoute[] {
  return routes.map((route) => {
    const fallen = dropped.filter((one) => isOfHost(one, route) && mayFallTo(one, route));
    if (fallen.length === 0) return route;
    const told = fallen.map(denialOf);
    const text = `Paths of this host were of a route that is left out (${fallen[0]?.why.replace(/\.$/, '')}). They are closed here.`;
    const isSaid = told.every((rule) => rule !== undefined);
    return {
      ...route,
      isPublic: route.isPublic && isSaid,
      rules: isSaid
        ? [...route.rules, ...told.map((rule, index) => ({ ...rule, id: `left-out-route-${index + 1}` }))]
        : route.rules.map(switchedOff),
      remarks: [
        ...route.remarks,
        leftOut(isSaid ? text : `${text} Which ones cannot be said, so its grants are switched off (mode: off).`),
      ],
    };
  });
}

function isOfHost({ from }: DroppedRoute, route: DraftRoute): boolean {
  const address = from.replace(/^\w+\+/, '');
  // Of an address that cannot be read nobody knows the host.
  return !URL.canParse(address) || new URL(address).hostname === new URL(route.from).hostname;
}

/** A path goes to its longest prefix: a route takes what was of a narrower one, or of one in its own place. */
function mayFallTo({ place }: DroppedRoute, route: DraftRoute): boolean {
  if (place === undefined || place.regex !== undefined || route.place.regex !== undefined) return true;
  const path = place.path ?? place.prefix ?? '/';
  if (route.place.path !== undefined) return route.place.path === path || place.path === undefined;
  return path.startsWith(route.place.prefix ?? '/');
}

function denialOf({ place }: DroppedRoute): DraftRule | undefined {
  if (place === undefined) return undefined;
  const rule = (keys: DraftRule['keys']): DraftRule => ({ effect: 'deny', id: 'left-out-route', keys, remarks: [] });
  if (place.path !== undefined) return rule({ paths: [{ path: place.path }] });
  if (place.regex !== undefined) return rule({ paths: [{ regex: place.regex }] });
  if (place.prefix === undefined) return undefined;
  return rule({ when: conditionOf({ kind: 'starts', path: place.prefix }) });
}

/**
 * Keeps the paths of a narrow route from falling to a wider one of its host, which may let in others. There `/admin` takes
 * `/adminx` too, and an expression comes before a prefix; here it is the other way round. What would fall is closed.
 */
export function guardOverlaps(routes: readonly DraftRoute[]): readonly DraftRoute[] {
  return routes.flatMap((route): readonly DraftRoute[] => {
    const others = routes.filter((other) => other !== route && other.from === route.from);
    const prefix = route.place.prefix ?? '/';
    if (route.place.path !== undefined) return [route];
    const isHidden =
      route.place.regex !== undefined &&
      others.some(({ place }) => place.path === undefined && place.regex === undefined);
    if (isHidden) return [];
    if (route.place.regex !== undefined) return [route];
    const fallen = others.flatMap((other): readonly DraftRule[] => guardAgainst(other, prefix));
    if (fallen.length === 0) return [route];
    return [
      {
        ...route,
        rules: [...route.rules, ...fallen.map((rule, index) => ({ ...rule, id: `${rule.id}-${index + 1}` }))],
      },
    ];
  });
}

function guardAgainst({ name, place }: DraftRoute, prefix: string): readonly DraftRule[] {
  if (place.regex !== undefined) {
    const text = `The route ${name} had the expression ${place.regex}, which came first there. A prefix comes first here, so its paths are closed: give it path: or prefix:.`;
    return [{ effect: 'deny', id: 'other-route', keys: { paths: [{ regex: place.regex }] }, remarks: [leftOut(text)] }];
  }
  const narrow = place.prefix;
  if (narrow === undefined || narrow === prefix || !narrow.startsWith(prefix === '/' ? '/' : prefix)) return [];
  const wide: PathShape = { kind: 'starts', path: narrow };
  const own: PathShape = { kind: 'below', path: narrow };
  return [
    {
      effect: 'deny',
      id: 'other-route',
      keys: { when: `${conditionOf(wide)} && !${conditionOf(own)}` },
      remarks: [
        note(
          `Paths such as ${narrow}x were of the route ${name} there. A prefix ends at a slash here, and they are closed.`,
        ),
      ],
    },
  ];
}
