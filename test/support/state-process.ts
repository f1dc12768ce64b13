import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { stateKey } from './state-folder.ts';

/** A real process on a state file. */
export interface StateProcess {
  /** Asks one thing and waits for the answer. */
  ask(command: string, ...args: string[]): Promise<unknown>;
  /** The next line that it says. */
  hear(): Promise<unknown>;
  tell(command: string, ...args: string[]): void;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export async function startStateProcess(path: string): Promise<StateProcess> {
  const fixture = fileURLToPath(new URL('./state-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [fixture, path, stateKey], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said: unknown[] = [];
  const waiting: ((line: unknown) => void)[] = [];
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    for (let end = output.indexOf('\n'); end !== -1; end = output.indexOf('\n')) {
      const line: unknown = JSON.parse(output.slice(0, end));
      output = output.slice(end + 1);
      const next = waiting.shift();
      if (next === undefined) said.push(line);
      else next(line);
    }
  });
  const hear = (): Promise<unknown> =>
    said.length > 0 ? Promise.resolve(said.shift()) : new Promise((resolve) => waiting.push(resolve));
  const tell = (command: string, ...args: string[]): void => {
    child.stdin?.write(`${JSON.stringify([command, ...args])}\n`);
  };
  await hear();
  return {
    hear,
    tell,
    ask(command, ...args) {
      tell(command, ...args);
      return hear();
    },
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
