// node deploy/toolchain/bundle.mjs [FOLDER [--watch]]: makes the program out of src/, in few files, so that it starts quickly.
// Packages stay where npm puts them: scanners see their versions, and `npm update` mends them.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { rolldown, watch } from 'rolldown';
import { inRoot, root } from './paths.mjs';

const folder = process.argv[2] ?? inRoot('dist');

/** All in one folder: what looks for a file beside itself finds it, whichever file it ends up in. */
const entries = {
  main: 'src/main.ts',
  index: 'src/index.ts',
  'start-program': 'src/cli/start-program.ts',
  'process-commands': 'src/cli/process-commands.ts',
  compose: 'src/compose.ts',
  'load-configuration': 'src/config/load-configuration.ts',
  'render-problems': 'src/config/render-problems.ts',
  'read-bounded-file': 'src/config/source/read-bounded-file.ts',
  'worker-main': 'src/compose/workers/worker-main.ts',
  'check-in-thread': 'src/config/background/check-in-thread.ts',
};

const input = {
  cwd: root,
  input: entries,
  platform: 'node',
  tsconfig: inRoot('tsconfig.json'),
  external: (name) => !name.startsWith('.') && !name.startsWith('/') && !(name in entries),
  onLog(level, { message }) {
    if (level === 'warn') process.stderr.write(`${message}\n`);
  },
};
const output = {
  dir: folder,
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
};

if (process.argv[3] === '--watch') {
  watch({ ...input, output }).on('event', (event) => {
    if (event.code === 'ERROR') process.stderr.write(`${event.error.message}\n`);
  });
} else {
  const bundle = await rolldown(input);
  await bundle.write(output);
  await bundle.close();
  chmodSync(join(folder, 'main.js'), 0o755);
}
