import { type KeyPath, type ProblemCode, pathKey } from './problem.ts';
import { type ReferenceUse, referenceKeys, referenceUseAt } from './schema/reference-keys.ts';
import { dereference, type LoadPorts, readReferenceText } from './source/dereference.ts';
import { looksSecret } from './source/secret-keys.ts';

export interface ReferenceProblem {
  readonly path: KeyPath;
  readonly code: ProblemCode;
  readonly message: string;
  readonly help: string | undefined;
}

/** A file that a key takes a secret from, as it is written there. */
export interface SecretFile {
  readonly path: KeyPath;
  readonly file: string;
}

export interface Resolved {
  /** The tree with every reference replaced: the very tree that was given. */
  readonly value: unknown;
  /** Paths whose value came from outside, with the reference as it was written: the value itself is never shown. */
  readonly references: ReadonlyMap<string, string>;
  /** What came from outside, with the reference that it came from. */
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly ReferenceProblem[];
  /** Where secrets were read. */
  readonly secretFiles: readonly SecretFile[];
}

/** Which keys hold secrets: they must be references, since a configuration is read by many and kept for long. */
export function isSecretPath(path: KeyPath): boolean {
  return referenceUseAt(path) === 'secret';
}

/**
 * Replaces `${env:NAME}` and `${file:PATH}` where a key takes them and they are the whole value, in the tree itself, which
 * must be a tree: a part that stood in two places would be resolved twice. Anywhere else nothing is read: a title is shown,
 * and so would be any file that Postern can read. Files are relative to `folder`; one newline at their end is dropped.
 * `given` holds secrets that a program handed over in code.
 */
export async function resolveReferences(
  tree: unknown,
  folder: string,
  ports: LoadPorts,
  given: ReadonlyMap<string, string>,
): Promise<Resolved> {
  const references = new Map<string, string>();
  const values = new Map<string, string>();
  const problems: ReferenceProblem[] = [];
  const secretFiles: SecretFile[] = [];

  const complain = (path: KeyPath, code: ProblemCode, message: string, help?: string) => {
    problems.push({ path, code, message, help });
    return undefined;
  };

  const readReference = async (kind: string, argument: string, path: KeyPath): Promise<string | undefined> => {
    const read = await dereference({ kind, argument }, folder, ports, given);
    if (read.outcome === 'read') {
      if (kind === 'file') secretFiles.push({ path, file: argument });
      return read.value;
    }
    return complain(path, read.code, read.message, read.help);
  };

  const complainAboutSecret = (path: KeyPath, text = '') => {
    const key = String(path.findLast((part) => typeof part === 'string'));
    const file = key === 'client_secret' ? key : `${path[0]}_${key}`;
    const suggestion = `${key}: "\${file:/run/secrets/${file}}"`;
    // The name itself is not repeated: it might be the secret after all.
    if (/^\$(?:\{\w+\}|\w+)$/.test(text))
      return complain(path, 'P031', 'a variable is named in another way', `write ${key}: "\${env:NAME}"`);
    return complain(path, 'P031', 'a secret must not stand in the configuration', `write ${suggestion}`);
  };

  const complainAboutPart = (path: KeyPath, use: ReferenceUse) =>
    use === 'none'
      ? complainAboutPlace(path)
      : complain(path, 'P035', 'a reference must be the whole value', 'put the whole text into the variable or file');

  const complainAboutPlace = (path: KeyPath) => {
    const help = `write the value itself; references stand in ${referenceKeys().join(', ')}`;
    return complain(path, 'P035', 'a reference may not stand here, since what it stands for would be shown', help);
  };

  const waiting: (() => Promise<void>)[] = [];
  /** What became of references, to tell a header that would give a secret of Postern away. */
  const secrets = new Set<string>();
  const headers: { readonly path: KeyPath; readonly value: string; readonly take: () => void }[] = [];

  const take = (use: ReferenceUse, value: string, path: KeyPath, holder: object, key: string | number): void => {
    if (use === 'secret') secrets.add(value);
    else headers.push({ path, value, take: () => Reflect.set(holder, key, undefined) });
  };

  /** `path` is one list that grows and shrinks on the way: who keeps it makes a copy. */
  const visitText = (text: string, path: KeyPath, holder: object, key: string | number): void => {
    if (!text.includes('${')) {
      if (isSecretPath(path)) Reflect.set(holder, key, complainAboutSecret([...path], text));
      return;
    }
    const match = readReferenceText(text);
    const use = referenceUseAt(path);
    const at = [...path];
    if (match === undefined) {
      if (use === 'secret') Reflect.set(holder, key, complainAboutSecret(at, text));
      else if (use !== 'unknown' && /\$\{[a-z]+:/.test(text)) Reflect.set(holder, key, complainAboutPart(at, use));
    } else if (use === 'none') Reflect.set(holder, key, complainAboutPlace(at));
    else if (use !== 'unknown') {
      references.set(pathKey(at), text);
      waiting.push(async () => {
        const value = await readReference(match.kind, match.argument, at);
        if (value !== undefined) {
          values.set(value, text);
          take(use, value, at, holder, key);
        }
        Reflect.set(holder, key, value);
      });
    }
  };

  const visit = (value: unknown, path: (string | number)[], holder: object, key: string | number): void => {
    if (typeof value === 'string') visitText(value, path, holder, key);
    else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        path.push(index);
        visit(value[index], path, value, index);
        path.pop();
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const name in value) {
        path.push(name);
        visit((value as Readonly<Record<string, unknown>>)[name], path, value, name);
        path.pop();
      }
    } else if (value !== null && value !== undefined && isSecretPath(path))
      Reflect.set(holder, key, complainAboutSecret([...path]));
  };

  const root = { value: tree };
  visit(tree, [], root, 'value');
  for (const read of waiting) await read();
  for (const { path, value, take: takeOut } of headers) {
    if (!secrets.has(value)) continue;
    takeOut();
    complain(path, 'P035', 'this would send a secret of Postern to somebody else', 'make another secret for them');
  }
  return { value: root.value, references, values, problems, secretFiles };
}

/** True when a value at this path must not be quoted in a message. */
export function isHidden(path: KeyPath, references: ReadonlyMap<string, string>): boolean {
  return (
    references.has(pathKey(path)) ||
    isSecretPath(path) ||
    path.some((part) => typeof part === 'string' && looksSecret(part))
  );
}
