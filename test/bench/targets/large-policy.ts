import { type BenchedRoute, usualGrants } from '../postern-yaml.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Row } from './row.ts';

/** So many that each route is in use, and as many with few routes. */
const routesInUse = 10_000;

/** What a large policy costs: many routes, many rules on a route, many groups of a person. */
export const manyRoutes: Row = {
  name: 'many-routes',
  measure: (options) => {
    const [many, few] = [Math.min(routesInUse, options.inUse), 10];
    const setting = (routes: number) => ({
      sessions: many,
      hostOf: (number: number) => `app-${number % routes}.localhost`,
      routes: Array.from({ length: routes }, (_, at) => routeAt(`app-${at}`)),
    });
    return sideBySide(
      {
        what: `${many.toLocaleString('en')} routes in use against ${few}`,
        left: setting(many),
        right: setting(few),
        counts: [many],
        bound: { atMost: 1.2 },
      },
      options,
    );
  },
};

/** The rule that lets in is the last of them. */
export const manyRules: Row = {
  name: 'many-rules',
  measure: (options) => {
    const many = Math.min(10_000, options.inUse);
    // The usual ones and the denial make it 100.
    const others = Array.from(
      { length: 100 - usualGrants.length - 1 },
      (_, at) =>
        `{ id: team-${at}, groups: [team-${at}], networks: [office], methods: [GET], paths: ["/app/**", /app] }`,
    );
    return sideBySide(
      {
        what: '100 rules on a route against 3',
        left: { sessions: many, routes: [routeAt('app', [...others, ...usualGrants])] },
        right: { sessions: many, routes: [routeAt('app')] },
        counts: [1, many],
        bound: { atMost: 1.2 },
      },
      options,
    );
  },
};

/** The app is told those that its rules name. */
export const manyGroups: Row = {
  name: 'many-groups',
  measure: (options) => {
    const many = Math.min(10_000, options.inUse);
    const setting = (groups: number) => ({
      sessions: many,
      groups: ['engineering', ...Array.from({ length: groups - 1 }, (_, at) => `team-${at}`)],
    });
    return sideBySide(
      {
        what: '500 groups of a person against 10',
        left: setting(500),
        right: setting(10),
        counts: [1, many],
        bound: { atMost: 1.05 },
      },
      options,
    );
  },
};

function routeAt(name: string, grants: readonly string[] = usualGrants): BenchedRoute {
  return { name, host: `${name}.localhost`, grants };
}
