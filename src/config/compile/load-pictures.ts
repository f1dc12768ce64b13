import { resolve } from 'node:path';
import type { CheckContext } from '../check/check-context.ts';
import type { KeyPath } from '../problem.ts';
import type { LoadPorts } from '../source/dereference.ts';
import { isTooLarge, readFailure } from '../source/read-bounded-file.ts';
import { maxPictureBytes, type Picture, readPicture } from '../values/picture.ts';

/** The pictures of a configuration, by the path that is written there. */
export type Pictures = ReadonlyMap<string, Picture>;

/** They are kept in the memory of each process. */
const maxBytesTogether = 16 * 1024 * 1024;

/** Reads and checks every picture that the configuration names; problems go to the reporter. */
export async function loadPictures(context: CheckContext, folder: string, ports: LoadPorts): Promise<Pictures> {
  const { draft, reporter } = context;
  const pictures = new Map<string, Picture>();
  const tried = new Set<string>();
  let bytesTogether = 0;

  const read = async (path: KeyPath, file: string | undefined): Promise<void> => {
    // Many routes may share a picture: it is read and kept once.
    if (file === undefined || tried.has(file)) return;
    tried.add(file);
    const absolute = resolve(folder, file);
    const fail = (why: string, help: string) => reporter.report(path, 'P037', `the file ${file} ${why}`, { help });
    try {
      const found = readPicture(await ports.readFile(absolute, maxPictureBytes));
      if (!found.ok) return fail(found.why, found.help);
      bytesTogether += found.picture.bytes.length;
      if (bytesTogether > maxBytesTogether)
        return fail('is one picture too many: together they are larger than 16 MiB', 'use smaller ones, or share them');
      pictures.set(file, found.picture);
    } catch (thrown) {
      if (isTooLarge(thrown)) return fail('is larger than 64 KiB', 'make it smaller: it is shown at 40 pixels');
      fail(`cannot be read: ${readFailure(thrown)}`, `it was looked for at ${absolute}`);
    }
  };

  await read(['branding', 'logo'], draft.branding?.logo);
  for (const [index, route] of (draft.routes ?? []).entries()) await read(['routes', index, 'icon'], route?.icon);
  return pictures;
}
