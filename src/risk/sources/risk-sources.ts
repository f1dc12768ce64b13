import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RiskSettings } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import type { Place } from '../place.ts';
import { type BlockList, parseBlockList } from './block-list.ts';
import { type LocationFile, openLocationFile } from './location-file.ts';

type Files = Pick<RiskSettings, 'mmdbFiles' | 'blockListFiles'>;

/** What risk knows of addresses, from files of the operator. Answers from memory. */
export interface RiskSources {
  /** What the maps say of an address; the first file that says a thing counts. `undefined`: none of them knows it. */
  placeOf(address: string): Place | undefined;
  /** The name of the first list that an address is on. */
  listOf(address: string): string | undefined;
  /** Grows each time that files were read: what was asked before may have another answer. */
  readonly generation: number;
}

export interface WatchedRiskSources extends RiskSources {
  /** Reads the files of a configuration that may run next, and says a line about each that cannot be used. */
  check(files: Files): Promise<readonly string[]>;
  /** From now on these files count. Those that `check` has read are there at once. Rejects with `Fault('config_invalid')` on the first start. */
  use(files: Files): Promise<void>;
  /** Looks whether a file changed. Runs by itself. */
  look(): Promise<void>;
  close(): void;
}

export interface RiskSourceParts {
  readonly readFile: (path: string, maxBytes: number) => Promise<Buffer>;
  /** What tells that a file was replaced or written, without reading it: these files may be large. */
  readonly versionOf?: (path: string) => Promise<string>;
  /** Hears of each file that was read, and of each that could not be: the one before goes on. */
  readonly onRead?: (kind: 'mmdb' | 'block_list', path: string, problem: string | undefined) => void;
  /** Default: every five seconds, by a timer that holds no process open. */
  readonly every?: (task: () => void) => () => void;
}

const lookEveryMs = 5_000;
const maxFileBytes = 512 * 1024 * 1024;

type Kind = 'mmdb' | 'block_list';
interface Read {
  readonly version: string;
  readonly location?: LocationFile;
  readonly list?: BlockList;
}

async function versionOnDisk(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  return `${ino} ${size} ${mtimeMs}`;
}

function runEvery(task: () => void): () => void {
  const timer = setInterval(task, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Builds sources without files. A file that is replaced by one that cannot be read goes on as it was. */
export function createRiskSources(parts: RiskSourceParts): WatchedRiskSources {
  const { readFile, versionOf = versionOnDisk, onRead, every = runEvery } = parts;
  /** Everything that was read and may be used, by kind and path. */
  const known = new Map<string, Read>();
  /** Versions that could not be used: each is told once. */
  const refused = new Map<string, string>();
  let used: Files = { mmdbFiles: [], blockListFiles: [] };
  let locations: readonly LocationFile[] = [];
  let lists: readonly { readonly name: string; readonly list: BlockList }[] = [];
  let generation = 0;
  let looking: Promise<void> | undefined;

  async function read(kind: Kind, path: string): Promise<string | undefined> {
    const key = `${kind} ${path}`;
    let version = 'gone';
    try {
      version = await versionOf(path);
      if (known.get(key)?.version === version) return undefined;
      const bytes = await readFile(path, maxFileBytes);
      known.set(
        key,
        kind === 'mmdb'
          ? { version, location: openLocationFile(bytes) }
          : { version, list: await parseBlockList(bytes.toString('utf8')) },
      );
      refused.delete(key);
      onRead?.(kind, path, undefined);
      return undefined;
    } catch (thrown) {
      const problem = problemOf(path, thrown);
      if (refused.get(key) !== version) onRead?.(kind, path, problem);
      refused.set(key, version);
      return problem;
    }
  }

  async function readAll(files: Files): Promise<readonly string[]> {
    const problems: string[] = [];
    // One after the other: they may be large.
    for (const path of files.mmdbFiles) problems.push((await read('mmdb', path)) ?? '');
    for (const path of files.blockListFiles) problems.push((await read('block_list', path)) ?? '');
    return problems.filter((problem) => problem !== '');
  }

  function publish(): void {
    locations = used.mmdbFiles
      .map((path) => known.get(`mmdb ${path}`)?.location)
      .filter((location) => location !== undefined);
    lists = used.blockListFiles.flatMap((path) => {
      const list = known.get(`block_list ${path}`)?.list;
      return list === undefined ? [] : [{ name: basename(path), list }];
    });
    generation += 1;
  }

  async function lookNow(): Promise<void> {
    const before = new Map(known);
    await readAll(used);
    if ([...known].some(([key, read]) => before.get(key) !== read)) publish();
  }

  const look = (): Promise<void> => {
    looking ??= lookNow().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const stop = every(() => void look());

  return {
    get generation() {
      return generation;
    },
    placeOf(address) {
      let place: Place | undefined;
      for (const location of locations) {
        const found = find(location, address);
        if (found === undefined) continue;
        place = {
          asn: place?.asn ?? found.asn,
          asName: place?.asName ?? found.asName,
          country: place?.country ?? found.country,
          coordinates: place?.coordinates ?? found.coordinates,
        };
      }
      return place;
    },
    listOf: (address) => lists.find(({ list }) => list.contains(address))?.name,
    check: readAll,
    async use(files) {
      const isFirst = generation === 0;
      const problems = await readAll(files);
      if (isFirst && problems.length > 0) throw new Fault('config_invalid', problems.join('\n'));
      used = files;
      const names = new Set([
        ...files.mmdbFiles.map((path) => `mmdb ${path}`),
        ...files.blockListFiles.map((path) => `block_list ${path}`),
      ]);
      for (const key of known.keys()) if (!names.has(key)) known.delete(key);
      publish();
    },
    look,
    close: stop,
  };
}

/** A database that is broken in one corner knows nothing there. */
function find(location: LocationFile, address: string): Place | undefined {
  try {
    return location.find(address);
  } catch {
    return undefined;
  }
}

function problemOf(path: string, thrown: unknown): string {
  const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
  const message: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'message') : undefined;
  if (code === 'ENOENT') return `The file ${path} cannot be used for risk: it is not there.`;
  return `The file ${path} cannot be used for risk: ${String(message ?? thrown)}.`;
}
