import { dirname, resolve } from 'node:path';
import { type CompileOptions, checkConfiguration, type Refused, unreadable } from './check-configuration.ts';
import { createSnapshotCompiler } from './compile/compile-snapshot.ts';
import { keepDocument, withReferences } from './configuration-document.ts';
import type { KeyPath, Problem } from './problem.ts';
import type { Snapshot } from './snapshot.ts';
import { decodeText, maxConfigurationBytes, tooLarge } from './source/decode-text.ts';
import type { LoadPorts } from './source/dereference.ts';
import { createPlaces, spanAt } from './source/places.ts';
import { isTooLarge, readFailure } from './source/read-bounded-file.ts';
import { createLineIndex } from './source/source-text.ts';

export type { CompileOptions } from './check-configuration.ts';
export type { LoadPorts } from './source/dereference.ts';

export type LoadResult =
  | { readonly outcome: 'loaded'; readonly snapshot: Snapshot; readonly warnings: readonly Problem[] }
  | Refused;

/** Reads, checks and compiles a configuration file. `file` is shown in messages as it is written here. */
export async function loadConfiguration(
  file: string,
  ports: LoadPorts,
  options: Pick<CompileOptions, 'shape' | 'isDraft'> = {},
): Promise<LoadResult> {
  const read = await readConfigurationFile(file, ports);
  if (read.outcome === 'refused') return read;
  const decoded = decodeText(read.bytes);
  if (decoded.outcome === 'refused')
    return unreadable(file, `the configuration ${decoded.why}`, decoded.help, decoded.at);
  return compileConfiguration(decoded.text, ports, { ...options, file, folder: dirname(resolve(file)) });
}

/** The bytes of a configuration file, or why they cannot be had. */
export async function readConfigurationFile(
  file: string,
  ports: Pick<LoadPorts, 'readFile'>,
): Promise<{ readonly outcome: 'read'; readonly bytes: Buffer } | Refused> {
  try {
    return { outcome: 'read', bytes: await ports.readFile(resolve(file), maxConfigurationBytes) };
  } catch (thrown) {
    if (isTooLarge(thrown)) return unreadable(file, `the configuration ${tooLarge.why}`, tooLarge.help);
    const why = readFailure(thrown);
    return unreadable(file, `the configuration cannot be read: ${why}`, 'check the path and who may read it');
  }
}

/** Checks and compiles a configuration text. All problems are found in one pass, whatever their kind. */
export async function compileConfiguration(
  text: string,
  ports: LoadPorts,
  options: CompileOptions,
): Promise<LoadResult> {
  const sound = await checkConfiguration(text, ports, options);
  if (sound.outcome === 'refused') return sound;
  const file = options.file ?? '<config>';
  const lines = createLineIndex(file, sound.lineStarts);
  const places = createPlaces(sound.places);
  const compiler = createSnapshotCompiler(sound.configuration, {
    file,
    hash: sound.hash,
    folder: options.folder,
    tls: sound.files.tls,
    pictures: sound.pictures,
    positionOf: (path: KeyPath) => lines.position(spanAt(places, path, 'key').start),
  });
  for (const [index, route] of sound.configuration.routes.entries())
    compiler.addRoute(route, sound.files.upstreams.get(index));
  const steps = compiler.finish();
  for (;;) {
    const step = steps.next();
    if (step.done !== true) continue;
    const { configuration, resolved, references } = sound;
    keepDocument(step.value, { configuration, written: () => withReferences(resolved, references) });
    return { outcome: 'loaded', snapshot: step.value, warnings: sound.warnings };
  }
}
