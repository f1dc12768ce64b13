import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from '../../deploy/toolchain/build.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The program as people run it: dist/main.js in a process of its own. */
export interface ProgramProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the first log line that has this text in it. */
  line(text: string): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves with the exit code; -1 when a signal ended it. */
  readonly exited: Promise<number>;
}

/** Compiles src/ where dist/ is older than it. */
export function buildProgram(): Promise<void> {
  return build(process.execPath);
}

/** The command that is `postern` with these arguments. */
export function programCommand(args: readonly string[]): readonly [string, ...string[]] {
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060'];
  return [process.execPath, ...flags, `${root}dist/main.js`, ...args];
}

/** What a shell's `ulimit` sets before the program begins: bytes of the largest file, open files. */
export interface ProcessLimits {
  readonly fileBytes?: number;
  readonly openFiles?: number;
}

/** Starts `postern` with these arguments. */
export function startProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  { fileBytes, openFiles }: ProcessLimits = {},
): ProgramProcess {
  // Of POSIX: in blocks of 512 bytes.
  const file = fileBytes === undefined ? '' : `ulimit -f ${Math.ceil(fileBytes / 512)} && `;
  const open = openFiles === undefined ? '' : `ulimit -n ${openFiles} && `;
  const child = spawn('sh', ['-c', `${file}${open}exec "$0" "$@"`, ...programCommand(args)], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : -1));
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    exited,
    line: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = out.split('\n').find((one) => one.includes(text) && one.endsWith('}'));
          if (line === undefined) return;
          watchers.delete(look);
          resolve(JSON.parse(line));
        };
        watchers.add(look);
        look();
        void exited.then((code) => reject(new Error(`The program ended with ${code} first.\n${out}\n${err}`)));
      }),
  };
}
