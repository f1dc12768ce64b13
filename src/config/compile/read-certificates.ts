import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** What came of reading a PEM text; `why` completes "the file … ". */
export type Read<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly why: string };

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the certificates of a PEM text, the leaf first. */
export function readCertificates(pem: string): Read<readonly [X509Certificate, ...X509Certificate[]]> {
  const blocks = pem.match(certificateBlock) ?? [];
  try {
    const [first, ...others] = blocks.map((block) => new X509Certificate(block));
    if (first !== undefined) return { ok: true, value: [first, ...others] };
    const why = pem.includes('PRIVATE KEY') ? 'holds a private key and no certificate' : 'holds no PEM certificate';
    return { ok: false, why };
  } catch {
    return { ok: false, why: 'holds a certificate that cannot be parsed' };
  }
}

/** Reads an unencrypted private key. */
export function readPrivateKey(pem: string): Read<KeyObject> {
  if (/ENCRYPTED/.test(pem)) return { ok: false, why: 'holds a key with a passphrase; write it without one' };
  if (!pem.includes('PRIVATE KEY-----')) return { ok: false, why: 'holds no PEM private key' };
  try {
    return { ok: true, value: createPrivateKey(pem) };
  } catch {
    return { ok: false, why: 'holds a private key that cannot be parsed' };
  }
}

/** Checks a revocation list (RFC 5280 §5), PEM or DER, by letting TLS read it. */
export function readRevocationList(bytes: Buffer): Read<Buffer> {
  const isPem = bytes.includes('-----BEGIN X509 CRL-----');
  const pem = isPem
    ? bytes.toString('latin1')
    : `-----BEGIN X509 CRL-----\n${bytes.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END X509 CRL-----\n`;
  try {
    createSecureContext({ crl: pem });
    return { ok: true, value: bytes };
  } catch {
    return { ok: false, why: 'is not a revocation list (PEM or DER)' };
  }
}

/** The DNS names that a certificate covers, in lower case; wildcards as they stand there. */
export function namesOf(certificate: X509Certificate): readonly string[] {
  return [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^",]+)/g)].map((match) =>
    (match[1] ?? '').toLowerCase(),
  );
}
