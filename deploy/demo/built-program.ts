import type { reloadFrom } from '../../src/compose/reload-from.ts';
import type { composePostern } from '../../src/compose.ts';
import type { loadConfiguration } from '../../src/config/load-configuration.ts';
import type { renderProblems } from '../../src/config/render-problems.ts';
import type { readBoundedFile } from '../../src/config/source/read-bounded-file.ts';

/** The parts of the program that somebody needs who starts it from code. */
interface BuiltProgram {
  readonly composePostern: typeof composePostern;
  readonly loadConfiguration: typeof loadConfiguration;
  readonly reloadFrom: typeof reloadFrom;
  readonly renderProblems: typeof renderProblems;
  readonly readBoundedFile: typeof readBoundedFile;
}

const parts = ['compose', 'load-configuration', 'reload-from', 'render-problems', 'read-bounded-file'];

/** Loads the program as it is built and shipped; the types are those of its sources. Rejects where dist/ is missing. */
export async function loadBuiltProgram(): Promise<BuiltProgram> {
  const loaded = await Promise.all(
    parts.map((part): Promise<object> => import(new URL(`../../dist/${part}.js`, import.meta.url).href)),
  );
  return Object.assign({}, ...loaded);
}
