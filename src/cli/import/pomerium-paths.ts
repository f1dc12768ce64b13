import { type DraftRoute, type DraftRule, leftOut, note } from './draft.ts';
import { conditionOf, type PathShape } from './path-shape.ts';

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
