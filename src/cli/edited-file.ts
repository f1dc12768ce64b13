import { writeFile } from 'node:fs/promises';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { decodeText, maxConfigurationBytes } from '../config/source/decode-text.ts';
import { isReadFailure, readFailure } from '../config/source/read-bounded-file.ts';
import { replaceFile } from '../config/source/replace-file.ts';
import type { CliContext, ExitCode } from './commands.ts';

/** A text as it stands in its file: decoding drops the byte order mark, and without it a file would seem changed. */
export function withMark(bytes: Uint8Array, text: string): string {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? `\ufeff${text}` : text;
}

/** The text that a command is to change; says why and answers `undefined` when there is none. */
export async function readToEdit(
  name: string,
  { ports, output }: CliContext,
  read: () => Promise<Uint8Array> = () => ports.readFile(name, maxConfigurationBytes),
): Promise<string | undefined> {
  try {
    const bytes = await read();
    const decoded = decodeText(bytes);
    if (decoded.outcome === 'text') return withMark(bytes, decoded.text);
    output.stderr(`${name} ${decoded.why}; ${decoded.help}.\n`);
  } catch (thrown) {
    output.stderr(`${name} cannot be read: ${readFailure(thrown)}.\n`);
  }
  return undefined;
}

/** A file and what it becomes. */
export interface FileEdit {
  readonly file: string;
  /** What the command has read; `undefined`: there was no such file. */
  readonly before: string | undefined;
  /** What is in the file at this moment. */
  readonly now: string | undefined;
  readonly text: string;
  /** What is said once it is written. */
  readonly done: string;
}

/** Writes what a command has changed, unless somebody has saved the file meanwhile: their work is not written over. */
export async function writeEdited(
  { file, before, now, text, done }: FileEdit,
  { output }: Pick<CliContext, 'output'>,
): Promise<ExitCode> {
  if (now !== before) {
    output.stderr(`${file} was changed meanwhile; run the command again.\n`);
    return 3;
  }
  try {
    if (before === undefined) await writeFile(file, text, { flag: 'wx' });
    else await replaceFile(file, text);
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    output.stderr(`${file} cannot be written: ${readFailure(thrown)}.\n`);
    return 3;
  }
  output.stderr(`${done}\n`);
  return 0;
}

/** A patch that `patch -p1` and `git apply` take. */
export function unifiedDiff(file: string, before: string, after: string): string {
  const name = file.replace(/^\/+/, '');
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
