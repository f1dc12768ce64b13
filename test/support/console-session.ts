import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A part of a page that shows a session at a terminal. */
export type SessionStep =
  | { readonly kind: 'prose'; readonly text: string }
  /** A command as a person types it, without `postern`, and the exit code that it must have. */
  | { readonly kind: 'command'; readonly line: string | (() => string); readonly exitCode: number }
  /** What the person does to the file between two commands. */
  | { readonly kind: 'edit'; readonly file: string; readonly change: (text: string) => string }
  /** What happens beside the terminal: a person opens an app, an answer is awaited. */
  | { readonly kind: 'meanwhile'; readonly act: () => Promise<void> };

export interface SessionGround {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What differs from run to run, and what the page says in its place: asked before each command. */
  readonly words: () => readonly (readonly [found: string | RegExp, shown: string | ((found: string) => string)])[];
}

/** Plays a session for real, each command in a process of its own, and answers the page that tells of it. */
export async function playSession(steps: readonly SessionStep[], ground: SessionGround): Promise<string> {
  const parts: string[] = [];
  let block: string[] | undefined;
  const endBlock = () => {
    if (block !== undefined) parts.push(['```console', ...block, '```'].join('\n'));
    block = undefined;
  };
  for (const step of steps) {
    switch (step.kind) {
      case 'prose':
        endBlock();
        parts.push(step.text);
        break;
      case 'edit': {
        const file = `${ground.folder}/${step.file}`;
        const before = readFileSync(file, 'utf8');
        const after = step.change(before);
        if (after === before) throw new Error(`The edit of ${step.file} changes nothing.`);
        writeFileSync(file, after);
        break;
      }
      case 'meanwhile':
        await step.act();
        break;
      case 'command':
        block = [...(block ?? []), ...(await runCommand(step, ground))];
        break;
    }
  }
  endBlock();
  return `${parts.join('\n\n')}\n`;
}

async function runCommand(
  step: Extract<SessionStep, { kind: 'command' }>,
  ground: SessionGround,
): Promise<readonly string[]> {
  const line = typeof step.line === 'string' ? step.line : step.line();
  const shownLine = scrub(line, ground);
  const { status, said } = await run(splitWords(line), ground);
  if (status !== step.exitCode)
    throw new Error(`postern ${line}\nended with ${status}, not ${step.exitCode}.\n${said}`);
  const shown = scrub(said, ground).trimEnd();
  return [
    `$ postern ${shownLine}`,
    ...(shown === '' ? [] : shown.split('\n')),
    ...(status === 0 ? [] : ['$ echo $?', String(status)]),
  ];
}

/** Not synchronously: the provider and the app of the session answer from this process. */
async function run(args: readonly string[], { folder, env }: SessionGround) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060', main, ...args],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], NO_COLOR: '1', TZ: 'UTC', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status]: unknown[] = await once(child, 'close');
  return { status, said: `${stdout}${stderr}` };
}

/** As a shell does, for what stands in these pages: blanks separate, quotes join. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

function scrub(text: string, ground: SessionGround): string {
  return ground
    .words()
    .reduce(
      (left, [found, shown]) => left.replaceAll(toPattern(found), typeof shown === 'string' ? () => shown : shown),
      text,
    );
}

function toPattern(found: string | RegExp): RegExp {
  return typeof found === 'string' ? new RegExp(found.replace(/[^A-Za-z0-9]/g, '\\$&'), 'g') : found;
}
