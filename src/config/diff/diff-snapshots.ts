import type { SourcePosition } from '../../decision/decision.ts';
import { Fault } from '../../decision/fault.ts';
import { documentOf } from '../configuration-document.ts';
import type { Snapshot } from '../snapshot.ts';
import { compareValues, type KeyChange, listWritten } from './compare-values.ts';
import { type Entity, listEntities } from './list-entities.ts';

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
 * What differs in meaning between two configurations. Comments, formatting, order, moved lines, and a default that is
 * written out are no difference; secrets are told apart and never shown. Empty: they say the same.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot): readonly ConfigurationChange[] {
  const old = new Map(entitiesOf(before).map((entity) => [entity.id, entity]));
  const [placesBefore, placesAfter] = [placesOf(before), placesOf(after)];
  const changes: ConfigurationChange[] = [];
  for (const entity of entitiesOf(after)) {
    const was = old.get(entity.id);
    old.delete(entity.id);
    const about = { ...describe(entity), at: placesAfter(entity) };
    if (was === undefined) {
      const keys = listWritten(entity, entity.path).map(({ key, text }) => ({ key, before: undefined, after: text }));
      changes.push({ ...about, kind: 'added', keys });
      continue;
    }
    const keys = compareValues(was, entity, entity.path);
    if (keys.length > 0) changes.push({ ...about, kind: 'changed', keys });
  }
  for (const entity of old.values()) {
    const keys = listWritten(entity, entity.path).map(({ key, text }) => ({ key, before: text, after: undefined }));
    changes.push({ ...describe(entity), at: placesBefore(entity), kind: 'removed', keys });
  }
  return changes;
}

function entitiesOf(snapshot: Snapshot): readonly Entity[] {
  const document = documentOf(snapshot);
  if (document !== undefined) return listEntities(document);
  throw new Fault('internal', `What the configuration ${snapshot.file} was made from is not known.`);
}

function describe({ type, name, route }: Entity): Pick<ConfigurationChange, 'type' | 'name' | 'route'> {
  return { type, name, route };
}

/** Where things stand, as far as the snapshot knows; the file's beginning for the rest. */
function placesOf(snapshot: Snapshot): (entity: Entity) => SourcePosition {
  const places = new Map<string, SourcePosition>();
  for (const { name, at, policy } of snapshot.routes) {
    places.set(`routes ${name}`, at);
    for (const grant of policy.grants) places.set(`routes ${name} allow ${grant.id}`, grant.at);
    for (const denial of policy.denials) places.set(`routes ${name} deny ${denial.id}`, denial.at);
  }
  for (const { name, at } of snapshot.postures.values()) places.set(`postures ${name}`, at);
  return ({ id }) => places.get(id) ?? { file: snapshot.file, line: 1, column: 1 };
}
