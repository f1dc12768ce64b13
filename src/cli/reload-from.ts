import type { ReloadOptions } from '../compose/reloading.ts';
import { loadConfigurationInBackground } from '../config/load-in-background.ts';
import { loadRecorded } from '../config/reload/recorded-load.ts';
import type { ConfigurationSource } from './commands.ts';

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
