import { isAbsolute, resolve } from 'node:path';
import type { ProblemCode } from '../problem.ts';
import type { FileAccess } from './file-access.ts';
import { readFailure } from './read-bounded-file.ts';

/** What loading needs from outside. */
export interface LoadPorts {
  /** Rejects with the system's error (`code`), or when the file is larger. */
  readonly readFile: (path: string, maxBytes: number) => Promise<Buffer>;
  /** The names in a folder. Rejects with the system's error. Absent: nothing is looked for beside the configuration. */
  readonly listFolder?: ((path: string) => Promise<readonly string[]>) | undefined;
  /** Who may do what with a file. Absent: nobody is warned of secrets that others can read. */
  readonly lookAtFile?: ((path: string) => Promise<FileAccess | undefined>) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

/** `${env:NAME}` or `${file:PATH}`, apart. */
interface Reference {
  readonly kind: string;
  readonly argument: string;
}

type Dereferenced =
  | { readonly outcome: 'read'; readonly value: string }
  | {
      readonly outcome: 'refused';
      readonly code: ProblemCode;
      readonly message: string;
      readonly help: string | undefined;
    };

const maxSecretBytes = 64 * 1024;

/** The reference that a text is; `undefined` where it is none, or not as a whole. */
export function readReferenceText(text: string): Reference | undefined {
  const [, kind, argument] = /^\$\{([a-z]+):([^}]*)\}$/.exec(text) ?? [];
  return kind === undefined || argument === undefined ? undefined : { kind, argument };
}

/** Reads what a reference stands for. Files are relative to `folder`; one newline at their end is dropped. `given` holds secrets that a program handed over in code. */
export async function dereference(
  { kind, argument }: Reference,
  folder: string,
  ports: Pick<LoadPorts, 'env' | 'readFile'>,
  given: ReadonlyMap<string, string>,
): Promise<Dereferenced> {
  const refuse = (code: ProblemCode, message: string, help?: string): Dereferenced => ({
    outcome: 'refused',
    code,
    message,
    help,
  });
  switch (kind) {
    case 'env': {
      const value = ports.env[argument];
      if (value) return { outcome: 'read', value };
      return refuse(
        'P030',
        `the environment variable ${argument || '(no name)'} is not set`,
        `set it for the user that runs Postern: export ${argument || 'NAME'}=…`,
      );
    }
    case 'file': {
      const absolute = isAbsolute(argument) ? argument : resolve(folder, argument);
      try {
        const bytes = await ports.readFile(absolute, maxSecretBytes);
        const value = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
        if (value) return { outcome: 'read', value };
        return refuse('P030', `the file ${argument} is empty`, 'write the secret into it');
      } catch (thrown) {
        const hint = absolute === argument ? 'check the path and who may read it' : `it was looked for at ${absolute}`;
        return refuse('P030', `the file ${argument} cannot be read: ${readFailure(thrown)}`, hint);
      }
    }
    case 'given': {
      const value = given.get(argument);
      return value === undefined ? refuse('P035', 'this reference has no value') : { outcome: 'read', value };
    }
    default:
      return refuse('P035', `"\${${kind}:…}" is not a reference`, `write "\${env:NAME}" or "\${file:PATH}"`);
  }
}
