import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../../deploy/toolchain/child.mjs';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts the built program, as it is shipped, on a configuration; resolves once it serves. */
export async function startBuilt(
  file: string,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly child: ChildProcess; readonly adminPort: number }> {
  const child = spawn(process.execPath, [...nodeOptions, program, 'run', '-c', file], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, admin_port } = JSON.parse(line);
    if (msg !== 'Postern is serving.') continue;
    child.stdout.resume();
    return { child, adminPort: Number(admin_port) };
  }
  throw new Error('Postern did not start.');
}
