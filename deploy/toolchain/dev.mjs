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
    const main = inRoot('deploy', 'demo', 'main.ts');
    return await runForeground(node, ['--watch', '--watch-preserve-output', ...nodeOptions, main, ...args]);
  } finally {
    builder.kill();
  }
}
