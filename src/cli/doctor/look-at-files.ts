import { randomBytes } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { listAuditFiles, readTail } from '../../audit/audit-file.ts';
import { type AuditHead, readAuditHeads } from '../../audit/audit-head.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import { readFailure } from '../../config/source/read-bounded-file.ts';
import { toFault } from '../../decision/fault.ts';
import { type DoctorPorts, type Finding, fail, ok } from './finding.ts';

/** Enough for a few hundred people; every connection counts twice. */
const fewestOpenFiles = 4_096;

/** Whether the state can be opened with its key. A file that is not there is not made. */
export async function lookAtState(configuration: Snapshot, ports: DoctorPorts): Promise<readonly Finding[]> {
  const { path } = configuration.state;
  if (!(await exists(path))) return [await lookAtPlaceToBe(path, 'P309', 'the state file')];
  try {
    await access(path, constants.R_OK | constants.W_OK);
    await withState(configuration, ports, readAuditHeads);
    return [ok(`${path} opens with its key`)];
  } catch (thrown) {
    return [stateFailure(path, thrown)];
  }
}

/** Whether the audit folder can be written, and ends no earlier than the state remembers. */
export async function lookAtAudit(configuration: Snapshot, ports: DoctorPorts): Promise<readonly Finding[]> {
  const { path } = configuration.audit;
  if (!(await exists(path))) return [await lookAtPlaceToBe(path, 'P308', 'the audit folder')];
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const hint = 'give the folder to the user that runs Postern';
    return [fail('P308', `${path} cannot be written: ${readFailure(thrown)}`, hint)];
  }
  if (!(await exists(configuration.state.path))) return [ok(`${path} can be written`)];
  const heads = await withState(configuration, ports, readAuditHeads).catch(() => undefined);
  // Said under state already.
  if (heads === undefined) return [ok(`${path} can be written`)];
  const newest = heads.toSorted((one, other) => other.atMs - one.atMs)[0];
  const broken = newest === undefined ? undefined : await compareHead(path, newest);
  if (broken !== undefined) return [fail('P308', broken, `run: postern audit verify ${path} -c ${configuration.file}`)];
  return [ok(`${path} can be written${newest === undefined ? '' : ', its end is what the state remembers'}`)];
}

async function compareHead(folder: string, head: AuditHead): Promise<string | undefined> {
  const files = await listAuditFiles(folder);
  if (!files.some(({ name }) => name === head.file)) return `the newest file of the audit trail, ${head.file}, is gone`;
  const { last } = await readTail(folder, head.file);
  if (last === undefined || last.sequence < head.sequence)
    return `the audit trail ends at ${last?.sequence ?? 'nothing'} and had ${head.sequence} already`;
  return undefined;
}

/** Whether enough connections can be open at once. */
export async function lookAtLimits(_configuration: Snapshot, { openFiles }: DoctorPorts): Promise<readonly Finding[]> {
  const limit = await openFiles();
  if (limit === undefined) return [ok('open files: this system does not tell')];
  if (limit >= fewestOpenFiles) return [ok(`open files: ${limit === Number.POSITIVE_INFINITY ? 'unlimited' : limit}`)];
  const hint = 'raise it: ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd';
  return [fail('P310', `only ${limit} files may be open at once`, hint)];
}

async function withState<Value>(
  configuration: Snapshot,
  { now }: DoctorPorts,
  use: (store: Parameters<typeof readAuditHeads>[0]) => Promise<Value>,
): Promise<Value> {
  const { createSqliteStore } = await import('../../state/sqlite-store.ts');
  const { path, key } = configuration.state;
  const store = await createSqliteStore({ path, key, now, randomBytes });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function lookAtPlaceToBe(path: string, code: 'P308' | 'P309', what: string): Promise<Finding> {
  let folder = dirname(path);
  while (!(await exists(folder)) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return ok(`${path} is made at the first start`);
  } catch (thrown) {
    const hint = `give ${folder} to the user that runs Postern, or name another place`;
    return fail(code, `${what} ${path} cannot be made: ${readFailure(thrown)}`, hint);
  }
}

function stateFailure(path: string, thrown: unknown): Finding {
  const { code, message } = toFault(thrown);
  const hint = 'check who may write the file, and that state.key is the secret that it was made with';
  return fail('P309', code === 'internal' ? `${path} cannot be used: ${readFailure(thrown)}` : message, hint);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
