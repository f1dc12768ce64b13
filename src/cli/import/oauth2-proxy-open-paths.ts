import { type DraftRoute, type DraftRule, leftOut, note, type Remark } from './draft.ts';
import { celText, covers, everyPath, type PathShape, shapeOf } from './path-shape.ts';
import { linesOf } from './source-value.ts';

/**
 * Paths that oauth2-proxy let everybody have become public routes of their own. What is no simple path stays behind the
 * sign-in, and a comment says so.
 */
export function openPaths(
  options: Readonly<Record<string, unknown>>,
  routes: readonly DraftRoute[],
  nameFor: (wanted: string) => string,
  remarks: Remark[],
): readonly DraftRoute[] {
  let all = [...routes];
  const entries = [...linesOf(options.skip_auth_routes), ...linesOf(options.skip_auth_regex)];
  for (const entry of entries) {
    const match = /^([A-Z]+)=(.*)$/s.exec(entry);
    const method = match?.[1];
    const shape = shapeOf(match?.[2] ?? entry);
    const base = shape === undefined ? undefined : routeOf(shape, all);
    if (shape === undefined || base === undefined) {
      remarks.push(
        leftOut(`${JSON.stringify(entry)} needed no sign-in there. It is no simple path, so here it needs one.`),
      );
      continue;
    }
    const opened = openRoute(base, shape, method, entry);
    if (opened === undefined) {
      remarks.push(
        leftOut(`${JSON.stringify(entry)} needed no sign-in there. Another entry has the same paths already.`),
      );
      continue;
    }
    const closed = all.filter((route) => route !== base && !route.isPublic && covers(shape, partOf(route)));
    if (closed.length > 0) {
      const names = closed.map(({ name }) => name).join(', ');
      remarks.push(
        leftOut(
          `${JSON.stringify(entry)} needed no sign-in there on the paths of ${names} either. Here those need one.`,
        ),
      );
    }
    const same = all.findIndex(({ place }) => JSON.stringify(place) === JSON.stringify(opened.place));
    if (same === -1) all = [...all, { ...opened, name: nameFor(`${base.name}-open`) }];
    else if (method === undefined && all[same] === base && !base.isPublic) all[same] = { ...opened, name: base.name };
    else
      remarks.push(
        leftOut(
          `${JSON.stringify(entry)} needed no sign-in there. Its paths are a route already, so here they need one.`,
        ),
      );
  }
  const apiPaths = linesOf(options.api_routes).flatMap((entry) => globsOf(entry, remarks));
  return apiPaths.length === 0
    ? all
    : all.map((route) =>
        route.isPublic ? route : { ...route, settings: { ...route.settings, clients: { api_paths: apiPaths } } },
      );
}

/** The paths of a route. */
function partOf({ place }: DraftRoute): PathShape {
  return place.path === undefined ? { kind: 'below', path: place.prefix ?? '/' } : { kind: 'exact', path: place.path };
}

/** The route that has these paths now: an exact one, else the longest prefix. */
function routeOf(shape: PathShape, routes: readonly DraftRoute[]): DraftRoute | undefined {
  const exact = routes.find(({ place }) => shape.kind === 'exact' && place.path === shape.path);
  if (exact !== undefined) return exact;
  const fitting = routes.filter(({ place, isPublic }) => {
    if (isPublic || place.path !== undefined) return false;
    const prefix = place.prefix ?? '/';
    return prefix === '/' || shape.path === prefix || shape.path.startsWith(`${prefix}/`);
  });
  return fitting.toSorted((one, other) => (other.place.prefix ?? '/').length - (one.place.prefix ?? '/').length)[0];
}

function openRoute(
  base: DraftRoute,
  shape: PathShape,
  method: string | undefined,
  entry: string,
): DraftRoute | undefined {
  if (base.isPublic) return undefined;
  const folder = shape.path.replace(/\/$/, '');
  const isWhole = shape.kind === everyPath.kind && shape.path === everyPath.path;
  const place = shape.kind === 'exact' ? { path: shape.path } : isWhole ? {} : { prefix: folder };
  const rules: DraftRule[] = [];
  const remarks = [note(`${JSON.stringify(entry)} needed no sign-in there, and needs none here.`)];
  if (method !== undefined) {
    rules.push({
      effect: 'deny',
      id: 'other-methods',
      keys: { when: `request.method != ${celText(method)}` },
      remarks: [note('Other methods needed a sign-in there; here they are refused on these paths.')],
    });
  }
  if (shape.kind === 'starts' && !isWhole) {
    if (shape.path.endsWith('/'))
      rules.push({
        effect: 'deny',
        id: 'without-slash',
        keys: { when: `request.path == ${celText(folder)}` },
        remarks: [],
      });
    else remarks.push(note(`A prefix ends at a slash here: ${shape.path}x needs a sign-in now.`));
  }
  const { pass_identity_headers: _, clients: __, ...settings } = base.settings;
  return {
    ...base,
    place,
    isPublic: true,
    settings,
    rules,
    remarks: [...base.remarks.filter(({ kind }) => kind === 'replace'), ...remarks],
  };
}

function globsOf(entry: string, remarks: Remark[]): readonly string[] {
  const shape = shapeOf(entry);
  if (shape === undefined) {
    remarks.push(
      leftOut(`api_routes: ${JSON.stringify(entry)} is no simple path; write it under clients: { api_paths: … }.`),
    );
    return [];
  }
  const folder = shape.path.replace(/\/$/, '');
  return shape.kind === 'exact' ? [shape.path] : [`${folder}/**`];
}
