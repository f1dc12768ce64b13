import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A path inside the repository. */
export const inRoot = (...parts) => join(root, ...parts);

/** Where the toolchain keeps what it remembers; goes away with node_modules. */
export const cacheFolder = inRoot('node_modules', '.cache', 'postern');
