import { type KeyObject, verify, type X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import type { CertificateList, Time } from '@peculiar/asn1-x509';

const require = createRequire(import.meta.url);

/** A revocation list whose signature by its authority was checked. Times in milliseconds. */
export interface RevocationList {
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  /** Serial numbers, upper-case hex without leading zeros. */
  readonly revokedSerials: ReadonlySet<string>;
}

/** How signatures of lists are checked, by the object identifier of the algorithm. SHA-1 is not among them. */
const digests: Readonly<Record<string, { readonly digest: string | null; readonly keyType: string }>> = {
  '1.2.840.113549.1.1.11': { digest: 'sha256', keyType: 'rsa' },
  '1.2.840.113549.1.1.12': { digest: 'sha384', keyType: 'rsa' },
  '1.2.840.113549.1.1.13': { digest: 'sha512', keyType: 'rsa' },
  '1.2.840.10045.4.3.2': { digest: 'sha256', keyType: 'ec' },
  '1.2.840.10045.4.3.3': { digest: 'sha384', keyType: 'ec' },
  '1.2.840.10045.4.3.4': { digest: 'sha512', keyType: 'ec' },
  '1.3.101.112': { digest: null, keyType: 'ed25519' },
};

const pemBlock = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g;

/** Splits a file into lists in DER: one DER list, or PEM with one or more. */
export function splitRevocationLists(file: Buffer): readonly Buffer[] {
  const isDer = file[0] === 0x30;
  if (isDer) return [file];
  return [...file.toString('latin1').matchAll(pemBlock)].map((match) => Buffer.from(match[1] ?? '', 'base64'));
}

/** A serial number as Node writes it, without leading zeros: two spellings of one number are one number. */
export function canonicalSerial(hex: string): string {
  return hex.toUpperCase().replace(/^0+(?=.)/, '');
}

function timeMs(time: Time): number {
  return time.getTime().getTime();
}

/**
 * Reads a list that this authority signed. `undefined` when it is not this authority's, is broken, has no end
 * (RFC 5280 §5.1.2.5 demands one) or carries a critical extension: a delta or partial list says less than it seems to,
 * and must not be used by who does not process it (§5.2).
 */
export function readRevocationList(der: Buffer, authority: X509Certificate): RevocationList | undefined {
  try {
    // Loaded for the first list: 80 files that a program without `crl_file` does not need.
    const { AsnConvert }: typeof import('@peculiar/asn1-schema') = require('@peculiar/asn1-schema');
    const x509: typeof import('@peculiar/asn1-x509') = require('@peculiar/asn1-x509');
    const list = AsnConvert.parse(der, x509.CertificateList);
    const { tbsCertList, tbsCertListRaw } = list;
    if (tbsCertListRaw === undefined || tbsCertList.nextUpdate === undefined) return undefined;
    if (!isSignedBy(authority.publicKey, tbsCertListRaw, list)) return undefined;
    if (tbsCertList.crlExtensions?.some(({ critical }) => critical) === true) return undefined;
    const revokedSerials = new Set<string>();
    for (const entry of tbsCertList.revokedCertificates ?? []) {
      if (entry.crlEntryExtensions?.some(({ critical }) => critical) === true) return undefined;
      revokedSerials.add(canonicalSerial(Buffer.from(entry.userCertificate).toString('hex')));
    }
    return {
      thisUpdateMs: timeMs(tbsCertList.thisUpdate),
      nextUpdateMs: timeMs(tbsCertList.nextUpdate),
      revokedSerials,
    };
  } catch {
    return undefined;
  }
}

function isSignedBy(key: KeyObject, signed: ArrayBuffer, list: CertificateList): boolean {
  const algorithm = list.signatureAlgorithm.algorithm;
  const way = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  // The algorithm inside the signed part must be the one outside (RFC 5280 §5.1.1.2).
  if (way === undefined || algorithm !== list.tbsCertList.signature.algorithm) return false;
  if (key.asymmetricKeyType !== way.keyType) return false;
  return verify(way.digest, Buffer.from(signed), key, Buffer.from(list.signature));
}
