import type { processCommands } from '../../src/cli/process-commands.ts';
import type { startProgram } from '../../src/cli/start-program.ts';
import type { composePostern } from '../../src/compose.ts';
import type { loadConfiguration } from '../../src/config/load-configuration.ts';
import type { renderProblems } from '../../src/config/render-problems.ts';
import type { readBoundedFile } from '../../src/config/source/read-bounded-file.ts';

/** The parts of the program that somebody needs who composes it from code. */
interface BuiltProgram {
  readonly composePostern: typeof composePostern;
  readonly loadConfiguration: typeof loadConfiguration;
  readonly renderProblems: typeof renderProblems;
  readonly readBoundedFile: typeof readBoundedFile;
}

/** The command line, as `dist/main.js` starts it. */
interface BuiltCommandLine {
  readonly startProgram: typeof startProgram;
  readonly processCommands: typeof processCommands;
}

async function load(...parts: readonly string[]) {
  const loaded = await Promise.all(
    parts.map((part): Promise<object> => import(new URL(`../../dist/${part}.js`, import.meta.url).href)),
  );
  return Object.assign({}, ...loaded);
}

/** Loads the program as it is built and shipped; the types are those of its sources. Rejects where dist/ is missing. */
export const loadBuiltProgram = (): Promise<BuiltProgram> =>
  load('compose', 'load-configuration', 'render-problems', 'read-bounded-file');

/** The same for its command line. */
export const loadBuiltCommandLine = (): Promise<BuiltCommandLine> => load('start-program', 'process-commands');
