import { dirname, resolve } from 'node:path';
import { isRecord } from './is-record.ts';
import type { AdminSettings, ListenAddress } from './snapshot.ts';
import { decodeText, maxConfigurationBytes } from './source/decode-text.ts';
import { dereference, type LoadPorts, readReferenceText } from './source/dereference.ts';
import { parseYaml } from './source/parse-yaml.ts';
import { readFailure } from './source/read-bounded-file.ts';
import { createSourceText } from './source/source-text.ts';
import { parseListenAddress } from './values/listen-address.ts';

export type AdminSettingsResult =
  | { readonly outcome: 'loaded'; readonly settings: AdminSettings }
  /** `why` is a sentence without secrets. */
  | { readonly outcome: 'refused'; readonly why: string };

const defaultListen = '127.0.0.1:9443';
const leastTokenBytes = 32;

/**
 * Reads nothing of a configuration file but where its admin listener is and its token: a command that asks a running
 * server must work also while the rest of the file has errors, and without loading what judges all of it, which takes
 * longer than such a command itself.
 */
export async function loadAdminSettings(file: string, ports: LoadPorts): Promise<AdminSettingsResult> {
  let bytes: Buffer;
  try {
    bytes = await ports.readFile(resolve(file), maxConfigurationBytes);
  } catch (thrown) {
    return refuse(`${file} cannot be read: ${readFailure(thrown)}.`);
  }
  const decoded = decodeText(bytes);
  if (decoded.outcome === 'refused') return refuse(`${file} ${decoded.why}.`);
  const yaml = parseYaml(createSourceText(file, decoded.text));
  if (yaml.outcome !== 'parsed' || yaml.isTooLarge) return refuse(`${file} is not YAML; postern validate says where.`);
  const admin = isRecord(yaml.value) ? yaml.value['admin'] : undefined;
  if (admin === undefined) return refuse(`${file} has no admin listener: add the key "admin".`);
  const listen = isRecord(admin) ? readListen(admin['listen']) : undefined;
  if (listen === undefined || !isRecord(admin)) return wrong(file);
  const written = [admin['token']].flat();
  if (written.length < 1 || written.length > 2) return wrong(file);
  const tokens: string[] = [];
  for (const text of written) {
    const reference = typeof text === 'string' ? readReferenceText(text) : undefined;
    if (reference === undefined)
      return typeof text === 'string'
        ? refuse(`In ${file}, at admin.token: a secret must not stand in the configuration.`)
        : wrong(file);
    const read = await dereference(reference, dirname(resolve(file)), ports, new Map());
    if (read.outcome === 'refused') return refuse(`In ${file}, at admin.token: ${read.message}.`);
    if (Buffer.byteLength(read.value) < leastTokenBytes) return wrong(file);
    tokens.push(read.value);
  }
  return { outcome: 'loaded', settings: { listen, token: tokens } };
}

function readListen(written: unknown): ListenAddress | undefined {
  const parsed = parseListenAddress(typeof written === 'string' ? written : defaultListen);
  return (written === undefined || typeof written === 'string') && parsed.ok ? parsed.value : undefined;
}

function wrong(file: string): AdminSettingsResult {
  return refuse(`The key "admin" of ${file} has errors; postern validate says which.`);
}

function refuse(why: string): AdminSettingsResult {
  return { outcome: 'refused', why };
}
