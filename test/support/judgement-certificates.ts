import 'reflect-metadata';
import { KeyObject, X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import * as x509 from '@peculiar/x509';
import type { Snapshot, TlsSettings } from '../../src/config/snapshot.ts';

x509.cryptoProvider.set(crypto);

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 3_600_000;

type Keys = CryptoKeyPair;

export interface TestAuthority {
  readonly name: string;
  readonly keys: Keys;
  readonly certificate: x509.X509Certificate;
  readonly pem: string;
}

export interface TestDevice {
  readonly peer: PeerCertificate;
  readonly x509: X509Certificate;
  readonly privateKey: KeyObject;
  readonly serial: string;
}

async function makeKeys(): Promise<Keys> {
  return crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
}

/** @param above the authority that signs it; absent: it signs itself. */
export async function makeAuthority(
  name: string,
  nowMs: number,
  days = 365,
  above?: TestAuthority,
): Promise<TestAuthority> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: `CN=${name}`,
    issuer: above?.certificate.subject ?? `CN=${name}`,
    notBefore: new Date(nowMs - 30 * day),
    notAfter: new Date(nowMs + days * day),
    publicKey: keys.publicKey,
    signingKey: (above?.keys ?? keys).privateKey,
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { name, keys, certificate, pem: certificate.toString('pem') };
}

/** As Node reads it. */
export function readCertificate({ pem }: TestAuthority): X509Certificate {
  return new X509Certificate(pem);
}

export interface DeviceKeys {
  readonly commonName?: string;
  readonly serial?: string;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  readonly usages?: readonly string[];
  readonly isAuthority?: boolean;
  readonly isSelfSigned?: boolean;
}

/** A device's certificate by this authority, as TLS hands it to us. */
export async function makeDevice(authority: TestAuthority, nowMs: number, wish: DeviceKeys = {}): Promise<TestDevice> {
  const keys = await makeKeys();
  const serial = wish.serial ?? '0a1b2c';
  const subject = `CN=${wish.commonName ?? 'ada-laptop'}`;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject,
    issuer: wish.isSelfSigned === true ? subject : authority.certificate.subject,
    notBefore: new Date(wish.notBeforeMs ?? nowMs - day),
    notAfter: new Date(wish.notAfterMs ?? nowMs + 90 * day),
    publicKey: keys.publicKey,
    signingKey: wish.isSelfSigned === true ? keys.privateKey : authority.keys.privateKey,
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(wish.isAuthority ?? false, undefined, true),
      new x509.ExtendedKeyUsageExtension([...(wish.usages ?? ['1.3.6.1.5.5.7.3.2'])]),
    ],
  });
  const read = new X509Certificate(Buffer.from(certificate.rawData));
  return {
    peer: { ...read.toLegacyObject(), raw: read.raw, fingerprint256: read.fingerprint256 } as PeerCertificate,
    x509: read,
    privateKey: KeyObject.from(keys.privateKey),
    serial,
  };
}

/** A revocation list by this authority, PEM. */
export async function makeRevocationList(
  authority: TestAuthority,
  serials: readonly string[],
  dates: { readonly thisUpdateMs: number; readonly nextUpdateMs: number | undefined },
  extensions: x509.Extension[] = [],
): Promise<Buffer> {
  const list = await x509.X509CrlGenerator.create({
    issuer: authority.certificate.subject,
    thisUpdate: new Date(dates.thisUpdateMs),
    ...(dates.nextUpdateMs === undefined ? {} : { nextUpdate: new Date(dates.nextUpdateMs) }),
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(dates.thisUpdateMs) })),
    extensions,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ecdsa,
  });
  // The library's own label is not that of RFC 7468 §9, which OpenSSL reads.
  return Buffer.from(`${list.toString('pem').replaceAll(/(BEGIN|END) CRL/g, '$1 X509 CRL')}\n`);
}

/** As much of a snapshot as device identity reads. */
export function snapshotWith(tls: Omit<TlsSettings, 'certificates'> | undefined): Snapshot {
  const whole = tls === undefined ? undefined : { certificates: [], ...tls };
  return { server: { tls: whole } } as unknown as Snapshot;
}
