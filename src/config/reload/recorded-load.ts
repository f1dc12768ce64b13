import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { type CompileOptions, compileConfiguration, type LoadPorts, type LoadResult } from '../load-configuration.ts';
import { decodeText } from '../source/decode-text.ts';
import { fingerprintOfList, testFilesOf, withTestFiles } from '../tryout/load-test-files.ts';
import type { FileFingerprints, Loaded, ReloadSource } from './reload.ts';

/** Loads a file; the ports tell it where everything comes from. */
export type LoadFile = (file: string, ports: LoadPorts, options: Pick<CompileOptions, 'shape'>) => Promise<LoadResult>;

/** What identifies the content of a file. */
export function fingerprintOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What stands in place of a fingerprint when a file could not be read. */
export function failureFingerprint(thrown: unknown): string {
  const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
  return `!${String(code ?? 'unknown')}`;
}

/** What is now at a path that a load named: a file's content, or which test files there are. */
export async function fingerprintAt(
  path: string,
  { readFile, listFolder }: Pick<LoadPorts, 'readFile' | 'listFolder'>,
  maxBytes: number,
): Promise<string> {
  try {
    const folder = dirname(path);
    if (path !== testFilesOf(folder)) return fingerprintOf(await readFile(path, maxBytes));
    return fingerprintOfList((await listFolder?.(folder)) ?? []);
  } catch (thrown) {
    return failureFingerprint(thrown);
  }
}

/**
 * Loads a configuration with the tests beside it, and notes each file that was read on the way, also when the load fails: so they can be watched,
 * and a certificate that was replaced is seen although the text is the same.
 */
export async function loadRecorded(
  settings: {
    readonly file: string;
    readonly ports: LoadPorts;
    readonly shape?: 'server' | 'middleware';
    readonly loadFile: LoadFile;
  },
  source: ReloadSource,
): Promise<Loaded> {
  const { file, ports, shape = 'server', loadFile } = settings;
  const files = new Map<string, string>();
  const path = resolve(file);
  let text: string | undefined;
  const recording: LoadPorts = {
    ...ports,
    async readFile(name, maxBytes) {
      try {
        const content = await ports.readFile(name, maxBytes);
        files.set(resolve(name), fingerprintOf(content));
        if (resolve(name) === path && source.kind === 'file') text = textOf(content);
        return content;
      } catch (thrown) {
        files.set(resolve(name), failureFingerprint(thrown));
        throw thrown;
      }
    },
    listFolder:
      ports.listFolder &&
      (async (folder) => {
        const names = (await ports.listFolder?.(folder)) ?? [];
        files.set(testFilesOf(resolve(folder)), fingerprintOfList(names));
        return names;
      }),
  };
  if (source.kind === 'file') {
    const result = await withTestFiles(await loadFile(file, recording, { shape }), file, recording);
    return { result, files, text };
  }
  const result = await compileConfiguration(source.text, recording, { file, folder: dirname(path), shape });
  return { result, files, text: source.text };
}

function textOf(content: Buffer): string | undefined {
  const decoded = decodeText(content);
  return decoded.outcome === 'refused' ? undefined : decoded.text;
}

/** True when both loads read the same content from the same files. */
export function areSameFiles(one: FileFingerprints, other: FileFingerprints): boolean {
  return one.size === other.size && [...one].every(([path, fingerprint]) => other.get(path) === fingerprint);
}
