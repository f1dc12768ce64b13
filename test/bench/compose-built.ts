import process from 'node:process';
import { loadBuiltProgram } from '../../deploy/demo/built-program.ts';
import { countBuffersAsHeap } from '../../src/compose/count-buffers-as-heap.ts';

const { composePostern, loadConfiguration, readBoundedFile, renderProblems } = await loadBuiltProgram();

type Composed = Parameters<typeof composePostern>[0];

const complain = (fields: object, message: string) =>
  void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);

/** The built product on a configuration, as it is measured. Ends this process where the file is refused. */
export async function composeBuilt(
  file: string,
  options: Partial<Composed> = {},
): Promise<Awaited<ReturnType<typeof composePostern>>> {
  countBuffersAsHeap();
  const loaded = await loadConfiguration(file, { readFile: readBoundedFile, env: process.env, now: Date.now });
  if (loaded.outcome === 'refused') {
    process.stderr.write(`${renderProblems(loaded.problems, { color: false })}\n`);
    process.exit(1);
  }
  return composePostern({
    configuration: loaded.snapshot,
    version: 'bench',
    log: { info: () => undefined, warn: complain, error: complain },
    ...options,
  });
}
