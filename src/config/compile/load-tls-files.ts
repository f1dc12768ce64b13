import type { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import type { CheckContext } from '../check/check-context.ts';
import type { KeyPath } from '../problem.ts';
import type { RouteTarget } from '../route.ts';
import type { TlsSettings } from '../snapshot.ts';
import type { LoadPorts } from '../source/dereference.ts';
import { readFailure } from '../source/read-bounded-file.ts';
import { namesOf, type Read, readCertificates, readPrivateKey, readRevocationList } from './read-certificates.ts';

/** What a route shows to its upstreams and expects of them. */
export type UpstreamTls = Pick<Extract<RouteTarget, { kind: 'upstreams' }>, 'ca' | 'clientCertificate'>;

/** What the files of a configuration hold. */
export interface TlsFiles {
  readonly tls: TlsSettings | undefined;
  /** By index of the route; routes without such files are not in it. */
  readonly upstreams: ReadonlyMap<number, UpstreamTls>;
  /** The leaf certificates of the listeners. */
  readonly leaves: readonly X509Certificate[];
}

const maxFileBytes = 1024 * 1024;

/** Reads and checks every certificate, key and revocation list that the configuration names; problems go to the reporter. */
export async function loadTlsFiles(context: CheckContext, folder: string, ports: LoadPorts): Promise<TlsFiles> {
  const { draft, reporter } = context;
  // Thousands of routes share a few files: each is read, parsed and kept once.
  const filesRead = new Map<string, Buffer>();
  const authorities = new Map<Buffer, ReturnType<typeof readCertificates>>();
  const texts = new Map<Buffer, string>();

  const textOf = (bytes: Buffer): string => {
    const known = texts.get(bytes) ?? bytes.toString('utf8');
    texts.set(bytes, known);
    return known;
  };

  const certificatesOf = (bytes: Buffer): ReturnType<typeof readCertificates> => {
    const known = authorities.get(bytes) ?? readCertificates(textOf(bytes));
    authorities.set(bytes, known);
    return known;
  };

  const fail = (path: KeyPath, file: string, why: string) => {
    reporter.report(path, 'P033', `the file ${file} ${why}`, { help: `it was looked for at ${resolve(folder, file)}` });
    return undefined;
  };

  const readBytes = async (path: KeyPath, file: string | undefined): Promise<Buffer | undefined> => {
    if (file === undefined) return undefined;
    const absolute = resolve(folder, file);
    try {
      const known = filesRead.get(absolute);
      if (known !== undefined) return known;
      const bytes = await ports.readFile(absolute, maxFileBytes);
      filesRead.set(absolute, bytes);
      return bytes;
    } catch (thrown) {
      return fail(path, file, `cannot be read: ${readFailure(thrown)}`);
    }
  };

  const read = async <Value>(path: KeyPath, file: string | undefined, parse: (bytes: Buffer) => Read<Value>) => {
    const bytes = await readBytes(path, file);
    if (bytes === undefined || file === undefined) return undefined;
    const result = parse(bytes);
    return result.ok ? { value: result.value, bytes } : fail(path, file, result.why);
  };

  const readPair = async (
    certificatePath: KeyPath,
    certificateFile: string | undefined,
    keyPath: KeyPath,
    keyFile: string | undefined,
  ) => {
    const certificate = await read(certificatePath, certificateFile, certificatesOf);
    const key = await read(keyPath, keyFile, (bytes) => readPrivateKey(bytes.toString('utf8')));
    if (certificate === undefined || key === undefined) return undefined;
    const [leaf] = certificate.value;
    if (!leaf.checkPrivateKey(key.value)) {
      reporter.report(
        keyPath,
        'P034',
        `the key ${keyFile ?? ''} does not belong to the certificate ${certificateFile ?? ''}`,
        {
          help: 'name the key that the certificate was made for; the leaf certificate comes first in its file',
        },
      );
      return undefined;
    }
    return { leaf, certificate: textOf(certificate.bytes), key: textOf(key.bytes) };
  };

  const listenerTls = async () => {
    const tls = draft.server?.tls;
    const leaves: X509Certificate[] = [];
    if (tls === undefined) return { tls: undefined, leaves };
    const certificates: TlsSettings['certificates'][number][] = [];
    const certificateFiles = listOf(tls.certificate);
    const keyFiles = listOf(tls.key);
    for (const [index, file] of certificateFiles.entries()) {
      const at = (key: 'certificate' | 'key') =>
        typeof tls[key] === 'string' ? ['server', 'tls', key] : ['server', 'tls', key, index];
      const pair = await readPair(at('certificate'), file, at('key'), keyFiles[index]);
      if (pair === undefined) continue;
      leaves.push(pair.leaf);
      certificates.push({ certificate: pair.certificate, key: pair.key, names: namesOf(pair.leaf) });
      warnOfDates(at('certificate'), file ?? '', pair.leaf);
    }
    const clientCa = await read(['server', 'tls', 'client_ca'], tls.client_ca, certificatesOf);
    const crl = await read(['server', 'tls', 'crl_file'], tls.crl_file, readRevocationList);
    const named = tls.device_name_authorities?.filter((hash) => hash !== undefined);
    return {
      tls: {
        certificates,
        ...(tls.allow_unfit === true ? { allowUnfit: true } : {}),
        clientCa: clientCa === undefined ? undefined : textOf(clientCa.bytes),
        ...(named === undefined ? {} : { deviceNameAuthorities: new Set(named) }),
        crl: crl?.value,
      },
      leaves,
    };
  };

  const warnOfDates = (path: KeyPath, file: string, leaf: X509Certificate) => {
    const now = ports.now();
    if (leaf.validToDate.getTime() < now) {
      reporter.report(path, 'P105', `the certificate ${file} ended on ${leaf.validToDate.toISOString().slice(0, 10)}`, {
        help: 'renew it',
      });
    } else if (leaf.validFromDate.getTime() > now) {
      reporter.report(
        path,
        'P105',
        `the certificate ${file} begins on ${leaf.validFromDate.toISOString().slice(0, 10)}`,
        { help: 'check the clock of this machine' },
      );
    }
  };

  const { tls, leaves } = await listenerTls();
  const upstreams = new Map<number, UpstreamTls>();
  for (const [index, route] of (draft.routes ?? []).entries()) {
    if (
      route?.tls_custom_ca_file === undefined &&
      route?.tls_client_cert_file === undefined &&
      route?.tls_client_key_file === undefined
    )
      continue;
    const path = (key: string) => ['routes', index, key];
    const ca = await read(path('tls_custom_ca_file'), route?.tls_custom_ca_file, certificatesOf);
    const pair = await readPair(
      path('tls_client_cert_file'),
      route?.tls_client_cert_file,
      path('tls_client_key_file'),
      route?.tls_client_key_file,
    );
    if (ca === undefined && pair === undefined) continue;
    upstreams.set(index, {
      ca: ca === undefined ? undefined : textOf(ca.bytes),
      clientCertificate: pair === undefined ? undefined : { cert: pair.certificate, key: pair.key },
    });
  }
  return { tls, leaves, upstreams };
}

function listOf(value: string | readonly (string | undefined)[] | undefined): readonly (string | undefined)[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
