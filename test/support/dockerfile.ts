import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One instruction, with continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Reads a Dockerfile as far as ours goes: no heredocs, no build arguments. */
export function parseDockerfile(text: string): readonly Instruction[] {
  return text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return { name, text: rest.replace(/\s+/g, ' ') };
    });
}

/** Does what a COPY says, from the repository or another stage's folder into this stage's folder. */
export async function copyInto(
  stage: string,
  workdir: string,
  text: string,
  source: (from: string | undefined) => string,
) {
  const words = text.split(' ');
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
  const target = words.pop() ?? '.';
  const folder = target.startsWith('/') ? join(stage, target) : join(stage, workdir, target);
  for (const word of words) {
    const isIntoFolder = target.endsWith('/');
    if (isIntoFolder) await mkdir(folder, { recursive: true });
    await cp(join(source(from), word), isIntoFolder ? join(folder, basename(word)) : folder, { recursive: true });
  }
}
