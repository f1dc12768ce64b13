import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A part of a page that shows a session at a terminal. */
export type SessionStep =
  | { readonly kind: 'prose'; readonly text: string }
  /** A command as a person types it, without `postern`, and the exit code that it must have. */
  | { readonly kind: 'command'; readonly line: string; readonly exitCode: number }
  /** What the person does to the file between two commands. */
  | { readonly kind: 'edit'; readonly file: string; readonly change: (text: string) => string }
  /** What happens beside the terminal: a person opens an app, an answer is awaited. */
  | { readonly kind: 'meanwhile'; readonly act: () => Promise<void> };

export interface SessionGround {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What differs from run to run, and what the page says in its place. */
  readonly words: () => readonly (readonly [found: string | RegExp, shown: string])[];
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
        block = [...(block ?? []), ...runCommand(step, ground)];
        break;
    }
  }
  endBlock();
  return `${parts.join('\n\n')}\n`;
}

function runCommand(step: Extract<SessionStep, { kind: 'command' }>, ground: SessionGround): readonly string[] {
  const line = scrub(step.line, ground);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060', main, ...splitWords(step.line)],
    {
      cwd: ground.folder,
      env: { PATH: process.env['PATH'], NO_COLOR: '1', TZ: 'UTC', ...ground.env },
      encoding: 'utf8',
    },
  );
  if (status !== step.exitCode) {
    throw new Error(`postern ${step.line}\nended with ${status}, not ${step.exitCode}.\n${stdout}\n${stderr}`);
  }
  const shown = scrub(`${stdout}${stderr}`, ground).trimEnd();
  return [
    `$ postern ${line}`,
    ...(shown === '' ? [] : shown.split('\n')),
    ...(status === 0 ? [] : ['$ echo $?', String(status)]),
  ];
}

/** As a shell does, for what stands in these pages: blanks separate, quotes join. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

function scrub(text: string, ground: SessionGround): string {
  return ground.words().reduce((left, [found, shown]) => left.replaceAll(toPattern(found), shown), text);
}

function toPattern(found: string | RegExp): RegExp {
  return typeof found === 'string' ? new RegExp(found.replace(/[^A-Za-z0-9]/g, '\\$&'), 'g') : found;
}
