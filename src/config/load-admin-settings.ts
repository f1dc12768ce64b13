import { dirname, resolve } from 'node:path';
import { isRecord } from './is-record.ts';
import { type LoadPorts, resolveReferences } from './resolve-references.ts';
import { adminSchema } from './schema/server-schema.ts';
import type { AdminSettings } from './snapshot.ts';
import { decodeText, maxConfigurationBytes } from './source/decode-text.ts';
import { readFailure } from './source/read-bounded-file.ts';
import { readYaml } from './source/read-yaml.ts';
import { createSourceText } from './source/source-text.ts';

export type AdminSettingsResult =
  | { readonly outcome: 'loaded'; readonly settings: AdminSettings }
  /** `why` is a sentence without secrets. */
  | { readonly outcome: 'refused'; readonly why: string };

/**
 * Reads nothing of a configuration file but where its admin listener is and its token: a command that asks a running
 * server must work also while the rest of the file has errors.
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
  const source = createSourceText(file, decoded.text);
  const yaml = readYaml(source);
  if (yaml.isBroken) return refuse(`${file} is not YAML; postern validate says where.`);
  const tree = yaml.value;
  const admin = isRecord(tree) ? tree['admin'] : undefined;
  if (admin === undefined) return refuse(`${file} has no admin listener: add the key "admin".`);
  const resolved = await resolveReferences({ admin }, dirname(resolve(file)), ports, new Map());
  const [problem] = resolved.problems;
  if (problem !== undefined) return refuse(`In ${file}, at ${problem.path.join('.')}: ${problem.message}.`);
  const value = isRecord(resolved.value) ? resolved.value['admin'] : undefined;
  const parsed = adminSchema.safeParse(value);
  if (!parsed.success) return refuse(`The key "admin" of ${file} has errors; postern validate says which.`);
  return { outcome: 'loaded', settings: parsed.data };
}

function refuse(why: string): AdminSettingsResult {
  return { outcome: 'refused', why };
}
