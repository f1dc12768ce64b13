import type { LoadPorts } from '../config/load-configuration.ts';
import { loadConfigurationInBackground } from '../config/load-in-background.ts';
import type { FileContents } from '../config/reload/configuration-parcel.ts';
import { loadRecorded } from '../config/reload/recorded-load.ts';
import type { Loaded } from '../config/reload/reload.ts';
import type { ReloadOptions } from './reloading.ts';

/** Where a configuration came from: a running program reads it again there. */
export interface ConfigurationSource {
  readonly file: string;
  readonly ports: LoadPorts;
  readonly first: Pick<Loaded, 'files' | 'text'>;
  /** What each file held that the configuration was loaded from. */
  readonly contents: FileContents;
}

/** Reads the same file again, off the event loop where it is large. */
export function reloadFrom({
  file,
  ports,
  first,
}: Pick<ConfigurationSource, 'file' | 'ports' | 'first'>): ReloadOptions {
  const loadFile = loadConfigurationInBackground;
  return {
    first,
    readFile: ports.readFile,
    listFolder: ports.listFolder,
    load: (origin) => loadRecorded({ file, ports, loadFile }, origin),
    loadOther: (other) => loadFile(other, ports, { isDraft: true }),
  };
}
