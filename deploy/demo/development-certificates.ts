import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** Where a certificate and its key lie, as PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Everything that the demo, and a test with browsers, needs to talk TLS. Paths are absolute. */
export interface DevelopmentCertificates {
  /** The authority that browsers and curl are told to trust. */
  readonly ca: string;
  /** For every host of the demo under `localhost`. */
  readonly server: CertificateFiles;
  /** The authority of the apps behind Postern, and of Postern as their client. */
  readonly internalCa: string;
  readonly apps: Readonly<Record<string, CertificateFiles>>;
  readonly postern: CertificateFiles;
  readonly deviceCa: string;
  readonly devices: Readonly<Record<string, CertificateFiles>>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Chromium refuses server certificates that are valid for longer than 398 days. */
const lifetimeMs = 30 * dayMs;

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

type Purpose = { readonly use: 'server'; readonly names: readonly string[] } | { readonly use: 'client' };

/** A file that only its owner can read: keys are among them. */
function writePrivately(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

async function writeKey(path: string, key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = der.match(/.{1,64}/g)?.join('\n') ?? '';
  return writePrivately(path, `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`);
}

const generateKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

const serialNumber = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');

async function createAuthority(commonName: string, now: number): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}, O=Postern demo`,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

function extensionsFor(purpose: Purpose): readonly x509.Extension[] {
  switch (purpose.use) {
    case 'server':
      return [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(purpose.names.map((value) => ({ type: 'dns' as const, value }))),
      ];
    case 'client':
      return [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  }
}

async function issue(
  authority: Authority,
  folder: string,
  name: string,
  purpose: Purpose,
  now: number,
): Promise<CertificateFiles> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${name}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lifetimeMs - dayMs),
    signingKey: authority.keys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...extensionsFor(purpose),
    ],
  });
  return {
    certificate: writePrivately(join(folder, `${name}.crt`), `${certificate.toString('pem')}\n`),
    key: await writeKey(join(folder, `${name}.key`), keys.privateKey),
  };
}

async function issueAll(names: readonly string[], issueOne: (name: string) => Promise<CertificateFiles>) {
  const issued: Record<string, CertificateFiles> = {};
  for (const name of names) issued[name] = await issueOne(name);
  return issued;
}

/**
 * Makes three authorities that live as long as the demo, and what they vouch for. The keys of the authorities are
 * never written down.
 * @param folder made if missing; readable by its owner alone.
 */
export async function makeDevelopmentCertificates(
  folder: string,
  wanted: { readonly hosts: readonly string[]; readonly apps: readonly string[]; readonly devices: readonly string[] },
  now: number = Date.now(),
): Promise<DevelopmentCertificates> {
  x509.cryptoProvider.set(crypto);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [development, internal, device] = await Promise.all([
    createAuthority('Postern development CA', now),
    createAuthority('Postern demo internal CA', now),
    createAuthority('Postern demo device CA', now),
  ]);
  const writeCa = (file: string, authority: Authority) =>
    writePrivately(join(folder, file), `${authority.certificate.toString('pem')}\n`);
  return {
    ca: writeCa('development-ca.crt', development),
    server: await issue(development, folder, 'server', { use: 'server', names: wanted.hosts }, now),
    internalCa: writeCa('internal-ca.crt', internal),
    apps: await issueAll(wanted.apps, (app) =>
      issue(internal, folder, `${app}.internal`, { use: 'server', names: [`${app}.internal`] }, now),
    ),
    postern: await issue(internal, folder, 'postern', { use: 'client' }, now),
    deviceCa: writeCa('device-ca.crt', device),
    devices: await issueAll(wanted.devices, (id) => issue(device, folder, id, { use: 'client' }, now)),
  };
}
