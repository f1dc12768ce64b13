import { resolve } from 'node:path';
import type { KeyPath } from '../problem.ts';
import type { SecretFile } from '../resolve-references.ts';
import type { LoadPorts } from '../source/dereference.ts';
import type { FileAccess } from '../source/file-access.ts';
import type { CheckContext } from './check-context.ts';

/** Warns of secrets and private keys that others on this machine can read or replace. A file that cannot be looked at is another check's. */
export async function checkFileAccess(
  context: CheckContext,
  secretFiles: readonly SecretFile[],
  folder: string,
  { lookAtFile }: Pick<LoadPorts, 'lookAtFile'>,
): Promise<void> {
  if (lookAtFile === undefined) return;
  const { reporter } = context;
  const seen = new Set<string>();
  for (const { path, file } of [...secretFiles, ...keyFilesOf(context)]) {
    const absolute = resolve(folder, file);
    if (seen.has(absolute)) continue;
    seen.add(absolute);
    const access = await lookAtFile(absolute).catch(() => undefined);
    if (access === undefined || access.isMountedSecret) continue;
    const others = allowedToOthers(access);
    if (others === undefined) continue;
    const mode = `0${access.mode.toString(8).padStart(3, '0')}`;
    const change = `chmod 0400 ${quoted(absolute)}`;
    reporter.report(path, 'P117', `others on this machine can ${others} ${file} (mode ${mode})`, {
      help: access.isOwn ? change : `give it to the user that runs Postern (chown), then: ${change}`,
    });
  }
}

/** What others may do. The owner's group may read where that is how Postern is let in: the file belongs to somebody else. */
function allowedToOthers({ mode, isOwn }: FileAccess): string | undefined {
  const bits = mode & (isOwn ? 0o066 : 0o026);
  if (bits === 0) return undefined;
  const [canRead, canWrite] = [(bits & 0o044) !== 0, (bits & 0o022) !== 0];
  return canRead && canWrite ? 'read and change' : canRead ? 'read' : 'change';
}

function keyFilesOf({ draft }: CheckContext): readonly SecretFile[] {
  const found: SecretFile[] = [];
  const add = (path: KeyPath, file: string | undefined) => {
    if (file !== undefined) found.push({ path, file });
  };
  const key = draft.server?.tls?.key;
  if (typeof key === 'string') add(['server', 'tls', 'key'], key);
  else for (const [index, file] of (key ?? []).entries()) add(['server', 'tls', 'key', index], file);
  for (const [index, route] of (draft.routes ?? []).entries())
    add(['routes', index, 'tls_client_key_file'], route?.tls_client_key_file);
  return found;
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
