import type { ConfigurationDocument } from '../configuration-document.ts';
import { isRecord } from '../is-record.ts';
import type { KeyPath } from '../problem.ts';

/** A thing of a configuration that has a name of its own, so that it is recognised wherever it stands. */
export interface Entity {
  /** The same in two configurations that both have it. */
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly route: string | undefined;
  readonly path: KeyPath;
  /** Parsed, without the entities in it. */
  readonly parsed: unknown;
  /** As it was written. */
  readonly written: unknown;
}

/** How the parts of each list or map are called, where `s` at the end is not all there is to take away. */
const singular: Readonly<Record<string, string>> = {
  identity_providers: 'provider',
  allow: 'allow',
  deny: 'deny',
};

/**
 * Takes a configuration apart: a list whose parts have an `id` or a `name`, and a map of named things, are its entities.
 * One after the other, since there may be a hundred thousand. @param isLeftOut routes that nobody asks about, by name.
 */
export function* listEntities(
  configuration: ConfigurationDocument['configuration'],
  written: unknown,
  isLeftOut: (route: string) => boolean,
): Generator<Entity> {
  for (const [section, parsed] of Object.entries(configuration)) {
    if (section === 'routes' || section === 'version') continue;
    if (parsed === undefined || (Array.isArray(parsed) && parsed.length === 0)) continue;
    const entities: Entity[] = [];
    takeApart(section, parsed, childOf(written, section), [section], undefined, entities);
    yield* entities;
  }
  const writtenRoutes = childOf(written, 'routes');
  for (const [index, route] of configuration.routes.entries()) {
    if (isLeftOut(route.name)) continue;
    const entities: Entity[] = [];
    add('routes', route.name, route, childOf(writtenRoutes, index), ['routes', index], undefined, entities);
    yield* entities;
  }
}

function takeApart(
  key: string,
  parsed: unknown,
  written: unknown,
  path: KeyPath,
  parent: Entity | undefined,
  entities: Entity[],
): void {
  if (isNamedList(parsed)) {
    for (const [index, item] of parsed.entries())
      add(key, nameOf(item) ?? '', item, childOf(written, index), [...path, index], parent, entities);
    return;
  }
  if (parent === undefined && isNamedMap(key, parsed)) {
    for (const [name, item] of Object.entries(parsed))
      add(key, name, item, childOf(written, name), [...path, name], parent, entities);
    return;
  }
  if (parent === undefined) {
    const inner = isRecord(parsed) ? splitLists(key, parsed, written, path, entities) : parsed;
    entities.push({ id: key, type: key, name: key, route: undefined, path, parsed: inner, written });
  }
}

/** One named thing, and what in it has names again: the rules of a route. */
function add(
  key: string,
  name: string,
  item: unknown,
  written: unknown,
  path: KeyPath,
  parent: Entity | undefined,
  entities: Entity[],
): void {
  const type = singular[key] ?? (key.split('.').at(-1) ?? key).replace(/s$/, '');
  const fullName = parent === undefined ? name : `${parent.name}/${name}`;
  const id = parent === undefined ? `${key} ${name}` : `${parent.id} ${key} ${name}`;
  const route = key === 'routes' ? name : parent?.route;
  if (!isRecord(item)) {
    entities.push({ id, type, name: fullName, route, path, parsed: item, written });
    return;
  }
  const lists = Object.entries(item).filter(([, value]) => isNamedList(value));
  const own = Object.fromEntries(Object.entries(item).filter(([, value]) => !isNamedList(value)));
  const entity: Entity = { id, type, name: fullName, route, path, parsed: own, written };
  entities.push(entity);
  for (const [inner, value] of lists)
    takeApart(inner, value, childOf(written, inner), [...path, inner], entity, entities);
}

/** A section with named lists in it, such as the sinks of the audit trail: those are entities, the rest is the section. */
function splitLists(
  key: string,
  parsed: Readonly<Record<string, unknown>>,
  written: unknown,
  path: KeyPath,
  entities: Entity[],
): unknown {
  const own: Record<string, unknown> = {};
  for (const [inner, value] of Object.entries(parsed)) {
    if (!isNamedList(value)) own[inner] = value;
    else {
      for (const [index, item] of value.entries())
        add(
          `${key}.${inner}`,
          nameOf(item) ?? '',
          item,
          childOf(childOf(written, inner), index),
          [...path, inner, index],
          undefined,
          entities,
        );
    }
  }
  return own;
}

function isNamedList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => nameOf(item) !== undefined);
}

/** Sections that are maps of things that their author names. */
function isNamedMap(key: string, value: unknown): value is Readonly<Record<string, unknown>> {
  return ['postures', 'networks', 'segments'].includes(key) && isRecord(value);
}

function nameOf(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const name = item['id'] ?? item['name'];
  return typeof name === 'string' ? name : undefined;
}

/** What stands under a key, where anything does. */
export function childOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
