import { resolve } from 'node:path';
import { Fault } from '../../decision/fault.ts';
import type { LoadPorts } from '../load-configuration.ts';
import { loadConfigurationInBackground } from '../load-in-background.ts';
import type { Snapshot } from '../snapshot.ts';
import { loadRecorded } from './recorded-load.ts';
import type { ReloadSource } from './reload.ts';

/** Everything that a configuration was loaded from, so that another process makes the same of it. Holds secrets. */
export interface ConfigurationParcel {
  readonly hash: string;
  readonly file: string;
  readonly source: ReloadSource;
  /** True for what a worker only looks at: a shadow. */
  readonly isDraft: boolean;
  readonly files: FileContents;
}

/** What each file held, by absolute path, or the code of the error when it could not be read. */
export type FileContents = ReadonlyMap<string, Uint8Array | string>;

/** Ports that note every file that is read through them. */
export function recordContents(ports: LoadPorts): { readonly ports: LoadPorts; readonly files: FileContents } {
  const files = new Map<string, Uint8Array | string>();
  return {
    files,
    ports: {
      ...ports,
      async readFile(path, maxBytes) {
        try {
          const content = await ports.readFile(path, maxBytes);
          files.set(resolve(path), content);
          return content;
        } catch (thrown) {
          const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
          files.set(resolve(path), String(code ?? 'UNKNOWN'));
          throw thrown;
        }
      },
    },
  };
}

/** Loads the configuration of a parcel without touching a file. Rejects with `Fault('config_invalid')` when something else comes of it. */
export async function openParcel(
  parcel: ConfigurationParcel,
  ports: Pick<LoadPorts, 'env' | 'now'>,
): Promise<Snapshot> {
  const readFile: LoadPorts['readFile'] = async (path) => {
    const content = parcel.files.get(resolve(path)) ?? 'ENOENT';
    if (typeof content !== 'string') return Buffer.from(content);
    throw Object.assign(new Error(`${path} could not be read (${content}).`), { code: content });
  };
  const { file, isDraft } = parcel;
  const loadFile: typeof loadConfigurationInBackground = (path, reading, options) =>
    loadConfigurationInBackground(path, reading, { ...options, isDraft });
  const settings = { file, ports: { ...ports, readFile }, loadFile };
  const { result } = await loadRecorded(settings, parcel.source);
  if (result.outcome === 'refused') {
    const [first] = result.problems;
    throw new Fault('config_invalid', `It could not load the configuration: ${first?.message ?? 'no reason given'}.`);
  }
  if (result.snapshot.hash !== parcel.hash) {
    throw new Fault('config_invalid', 'It loaded another configuration than the one that was checked.');
  }
  return result.snapshot;
}
