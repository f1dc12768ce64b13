import { spawn } from 'node:child_process';
import { nodeOptions, runForeground } from './child.mjs';
import { inRoot, root } from './paths.mjs';

/** The demo, built and started again at every change of src/ or deploy/demo/. */
export async function watch(node, args) {
  const builder = spawn(node, [inRoot('deploy', 'toolchain', 'bundle.mjs'), inRoot('dist'), '--watch'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    // By folder: what main.ts imports is not all, since Postern is a process of its own.
    const watched = [inRoot('dist'), inRoot('deploy', 'demo')].map((path) => `--watch-path=${path}`);
    const main = inRoot('deploy', 'demo', 'main.ts');
    return await runForeground(node, [...watched, '--watch-preserve-output', ...nodeOptions, main, ...args]);
  } finally {
    builder.kill();
  }
}
