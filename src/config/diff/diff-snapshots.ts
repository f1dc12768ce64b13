import type { SourcePosition } from '../../decision/decision.ts';
import { Fault } from '../../decision/fault.ts';
import { type ConfigurationDocument, documentOf } from '../configuration-document.ts';
import type { Snapshot } from '../snapshot.ts';
import { takeTurns } from '../take-turns.ts';
import { compareValues, type KeyChange, listWritten } from './compare-values.ts';
import { diffOrder } from './diff-order.ts';
import { childOf, type Entity, listEntities } from './list-entities.ts';

/** One thing that another configuration has more, less or otherwise. */
export interface ConfigurationChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** What it is: `route`, `allow` or `deny` (a rule), `posture`, `session` … */
  readonly type: string;
  /** How people name it: `payroll`, `payroll/no-contractors`. */
  readonly name: string;
  /** The route that it belongs to. */
  readonly route: string | undefined;
  /** Of a change: what differs, by key. Of an addition or removal: what it says, on one side. */
  readonly keys: readonly KeyChange[];
  /** In the new file; of a removal in the old one. */
  readonly at: SourcePosition;
}

/**
 * What differs in meaning between two configurations. Comments, formatting, moved lines, and a default that is written
 * out are no difference, nor is order, but for routes with expressions; secrets are told apart and never shown. Empty: they say the same. Works in slices, so
 * that a server which compares ten thousand routes serves meanwhile.
 */
export async function diffSnapshots(before: Snapshot, after: Snapshot): Promise<readonly ConfigurationChange[]> {
  const [oldTexts, newTexts] = [textsOf(before), textsOf(after)];
  const turn = takeTurns();
  const untouched = await findUntouched(oldTexts, newTexts, turn);
  const isUntouched = (route: string): boolean => untouched.has(route);
  const [placesBefore, placesAfter] = [placesOf(before), placesOf(after)];
  const old = new Map<string, Entity>();
  for (const entity of listEntities(oldTexts.configuration, oldTexts.written, isUntouched)) {
    const wait = turn();
    if (wait !== undefined) await wait;
    old.set(entity.id, entity);
  }
  const changes: ConfigurationChange[] = [];
  for (const entity of listEntities(newTexts.configuration, newTexts.written, isUntouched)) {
    const wait = turn();
    if (wait !== undefined) await wait;
    const was = old.get(entity.id);
    old.delete(entity.id);
    if (was === undefined) {
      const keys = listWritten(entity, entity.path).map(({ key, text }) => ({ key, before: undefined, after: text }));
      changes.push({ ...describe(entity), at: placesAfter(entity), kind: 'added', keys });
      continue;
    }
    const keys = compareValues(was, entity, entity.path);
    if (keys.length > 0) changes.push({ ...describe(entity), at: placesAfter(entity), kind: 'changed', keys });
  }
  for (const entity of old.values()) {
    const wait = turn();
    if (wait !== undefined) await wait;
    const keys = listWritten(entity, entity.path).map(({ key, text }) => ({ key, before: text, after: undefined }));
    changes.push({ ...describe(entity), at: placesBefore(entity), kind: 'removed', keys });
  }
  for (const { route, before: was, after: is } of diffOrder(before, after)) {
    const keys = [{ key: 'asked', before: orderText(was), after: orderText(is) }];
    changes.push({ kind: 'changed', type: 'route', name: route.name, route: route.name, keys, at: route.at });
  }
  return changes;
}

function orderText(predecessor: string | undefined): string {
  return predecessor === undefined ? 'first' : `after ${predecessor}`;
}

/** Routes that both files write in the same words: most of them, of most edits. */
async function findUntouched(
  before: Texts,
  after: Texts,
  turn: () => Promise<void> | undefined,
): Promise<ReadonlySet<string>> {
  const oldRoutes = childOf(before.written, 'routes');
  const newRoutes = childOf(after.written, 'routes');
  const old = new Map(before.configuration.routes.map(({ name }, index) => [name, childOf(oldRoutes, index)]));
  const untouched = new Set<string>();
  for (const [index, { name }] of after.configuration.routes.entries()) {
    const wait = turn();
    if (wait !== undefined) await wait;
    if (old.has(name) && isSameText(old.get(name), childOf(newRoutes, index))) untouched.add(name);
  }
  return untouched;
}

/** The same words, none of which stands for something else. */
function isSameText(one: unknown, other: unknown): boolean {
  if (typeof one === 'string') return one === other && !one.includes('${');
  if (typeof one !== 'object' || one === null) return one === other;
  if (typeof other !== 'object' || other === null) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSameText(Reflect.get(one, key), Reflect.get(other, key)));
}

/** A configuration, parsed and as it was written. */
interface Texts {
  readonly configuration: ConfigurationDocument['configuration'];
  readonly written: unknown;
}

function textsOf(snapshot: Snapshot): Texts {
  const document = documentOf(snapshot);
  if (document !== undefined) return { configuration: document.configuration, written: document.written() };
  throw new Fault('internal', `What the configuration ${snapshot.file} was made from is not known.`);
}

function describe({ type, name, route }: Entity): Pick<ConfigurationChange, 'type' | 'name' | 'route'> {
  return { type, name, route };
}

/** Where things stand, as far as the snapshot knows; the file's beginning for the rest. */
function placesOf(snapshot: Snapshot): (entity: Entity) => SourcePosition {
  const routes = new Map(snapshot.routes.map((route) => [route.name, route]));
  return ({ type, name, route }) => {
    const { at, policy } = routes.get(route ?? '') ?? {};
    const id = name.slice((route ?? '').length + 1);
    const known = type === 'allow' ? policy?.grants : type === 'deny' ? policy?.denials : undefined;
    const place = known?.find((rule) => rule.id === id)?.at ?? at ?? snapshot.postures.get(name)?.at;
    return place ?? { file: snapshot.file, line: 1, column: 1 };
  };
}
