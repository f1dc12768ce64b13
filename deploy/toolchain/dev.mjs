import { spawn } from 'node:child_process';
import { nodeOptions, runForeground } from './child.mjs';
import { inRoot, root } from './paths.mjs';

/** The demo, compiled and started again at every change of src/ or deploy/demo/. */
export async function watch(node, args) {
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  const compiler = spawn(node, [tsc, '-p', root, '--watch', '--preserveWatchOutput'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const main = inRoot('deploy', 'demo', 'main.ts');
    return await runForeground(node, ['--watch', '--watch-preserve-output', ...nodeOptions, main, ...args]);
  } finally {
    compiler.kill();
  }
}
