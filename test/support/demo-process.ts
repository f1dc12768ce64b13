import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';

type AppUrls = Readonly<Record<'wiki' | 'dashboard' | 'payroll' | 'console' | 'portal', string>>;

/** What `npm run demo -- --json` prints. */
export interface DemoDescription {
  readonly urls: AppUrls & Readonly<Record<'metrics' | 'admin' | 'idp', string>>;
  readonly tls: AppUrls;
  readonly ca: string;
  readonly people: readonly { readonly id: string; readonly groups: readonly string[] }[];
  readonly devices: Readonly<Record<string, { readonly cert: string; readonly key: string }>>;
  readonly admin_token: string;
  /** Shell commands that turn one fact. */
  readonly flips: { readonly lock: string; readonly device: string };
}

export interface DemoProcess {
  readonly description: DemoDescription;
  readonly pid: number | undefined;
  /** Everything on stdout until now. */
  stdout(): string;
  /** Everything on stderr until now. */
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, `null` after a signal that killed it, once no process is left that could write. */
  readonly ended: Promise<number | null>;
  /** Presses Ctrl+C and answers the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the demo as a process of its own, with the Node of the tests; it needs dist/. */
export async function startDemoProcess(): Promise<DemoProcess> {
  const root = join(import.meta.dirname, '..', '..');
  const args = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060'];
  const child = spawn(process.execPath, [...args, join(root, 'deploy', 'demo', 'main.ts'), '--json'], { cwd: root });
  const ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve();
    });
    child.on('exit', (code) => reject(new Error(`The demo ended with ${code}.\n${stderr}`)));
  });
  return {
    description: JSON.parse(stdout) as DemoDescription,
    stdout: () => stdout,
    pid: child.pid,
    stderr: () => stderr,
    signal: (signal) => void child.kill(signal),
    ended,
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}
