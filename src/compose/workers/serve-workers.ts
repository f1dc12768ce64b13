import { fileURLToPath } from 'node:url';
import {
  type ConfigurationParcel,
  type FileContents,
  recordContents,
} from '../../config/reload/configuration-parcel.ts';
import type { ReloadSource } from '../../config/reload/reload.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import { type ConfigurationSource, reloadFrom } from '../reload-from.ts';
import type { ReloadOptions } from '../reloading.ts';
import { forkWorker } from './fork-worker.ts';
import type { Role } from './role.ts';
import type { PrimaryTopics, WorkerTopics } from './topics.ts';
import { createWorkerGroup, type WorkerGroupParts } from './worker-group.ts';

/** The built program has a .js file beside this one, the sources a .ts file. */
const script = fileURLToPath(
  new URL(`./worker-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/**
 * The role of a process that has others serve, and how it loads: what it loads, they load from the same bytes. The first of
 * them are started at once: they load the program while this process does, and wait for what it says.
 */
export function asPrimary(
  first: Snapshot,
  source: ConfigurationSource,
  settings: Pick<WorkerGroupParts, 'count' | 'version' | 'inherited' | 'log' | 'onGivenUp'>,
): {
  readonly role: Role;
  readonly reload: ReloadOptions;
  /** Ends those that nobody took up, since their parent would not end before them. */
  endUnused(): void;
} {
  const { file, ports } = source;
  const start = () =>
    forkWorker<WorkerTopics, PrimaryTopics>(script, settings.inherited.length === 0 ? 'here' : 'there');
  const waiting = Array.from({ length: settings.count }, start);
  const parcels = new WeakMap<Snapshot, ConfigurationParcel>();
  const keep = (snapshot: Snapshot, from: ReloadSource, files: FileContents) =>
    void parcels.set(snapshot, { hash: snapshot.hash, file, source: from, isDraft: false, files });
  keep(first, { kind: 'file' }, source.contents);

  const reload: ReloadOptions = {
    ...reloadFrom(source),
    async load(origin) {
      const recorded = recordContents(ports);
      const loaded = await reloadFrom({ ...source, ports: recorded.ports }).load(origin);
      if (loaded.result.outcome === 'loaded') keep(loaded.result.snapshot, origin, recorded.files);
      return loaded;
    },
    async loadOther(other) {
      const recorded = recordContents(ports);
      const loaded = await reloadFrom({ ...source, ports: recorded.ports }).loadOther(other);
      if (loaded.outcome === 'loaded') {
        const { snapshot } = loaded;
        const source: ReloadSource = { kind: 'file' };
        parcels.set(snapshot, { hash: snapshot.hash, file: other, source, isDraft: true, files: recorded.files });
      }
      return loaded;
    },
  };
  const role = createWorkerGroup({
    ...settings,
    first,
    startWorker: () => waiting.shift() ?? start(),
    parcelOf(snapshot) {
      const parcel = parcels.get(snapshot);
      if (parcel === undefined) throw new Fault('internal', 'Nobody knows what the configuration was loaded from.');
      return parcel;
    },
  });
  return {
    role,
    reload,
    endUnused() {
      for (const worker of waiting.splice(0)) worker.kill();
    },
  };
}
