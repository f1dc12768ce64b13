import { createHash, X509Certificate } from 'node:crypto';
import type { TlsSettings } from '../config/snapshot.ts';
import { canonicalSerial, type RevocationList, readRevocationList, splitRevocationLists } from './revocation-list.ts';

/** An authority that device certificates may come from, with its revocation lists. */
export interface DeviceAuthority {
  readonly certificate: X509Certificate;
  /**
   * Whose names its devices have: `undefined` for those that are known by their name alone, else the first 32 digits of the
   * SHA-256 of the authority's public key. An intermediate is its root's, where both are in `client_ca`.
   */
  readonly namesOf: string | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Every list in `crl_file` that this authority signed. */
  readonly lists: readonly RevocationList[];
}

/** What device certificates are checked against, read once per configuration. */
export interface DeviceTrust {
  readonly authorities: readonly DeviceAuthority[];
  /** True when `crl_file` is set: then an authority without a current list vouches for nobody. */
  readonly demandsRevocationList: boolean;
}

/** 128 bits: nobody makes a key that has the same. */
const keyDigits = 32;

const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Reads `client_ca` and `crl_file`. What cannot be read vouches for nobody; `untrustedBecause` says so in words.
 * Each certificate in `client_ca` is trusted as it stands: with intermediates, put the issuing ones there.
 */
export function readDeviceTrust(tls: Pick<TlsSettings, 'clientCa' | 'crl' | 'deviceNameAuthorities'>): DeviceTrust {
  const lists = tls.crl === undefined ? [] : splitRevocationLists(tls.crl);
  const certificates = readAuthorities(tls.clientCa ?? '');
  const named =
    tls.deviceNameAuthorities ?? new Set(certificates.slice(0, 1).map((one) => keyOf(rootOf(one, certificates))));
  const authorities: DeviceAuthority[] = [];
  for (const certificate of certificates) {
    const own = keyOf(certificate);
    const root = keyOf(rootOf(certificate, certificates));
    authorities.push({
      certificate,
      namesOf: named.has(own) || named.has(root) ? undefined : root.slice(0, keyDigits),
      notBeforeMs: certificate.validFromDate.getTime(),
      notAfterMs: certificate.validToDate.getTime(),
      lists: lists.flatMap((der) => readRevocationList(der, certificate) ?? []),
    });
  }
  return { authorities, demandsRevocationList: tls.crl !== undefined };
}

function readAuthorities(pems: string): readonly X509Certificate[] {
  return [...pems.matchAll(pemBlock)].flatMap(([pem]) => {
    const certificate = parseCertificate(pem);
    return certificate?.ca === true ? [certificate] : [];
  });
}

/** The SHA-256 of a certificate's public key, in lower-case hex: an authority that was renewed keeps it. */
export function keyOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('hex');
}

/** The topmost of these that vouches for the certificate. */
function rootOf(certificate: X509Certificate, all: readonly X509Certificate[]): X509Certificate {
  const path = new Set([keyOf(certificate)]);
  let root = certificate;
  for (;;) {
    const below = root;
    const issuer = all.find((one) => !path.has(keyOf(one)) && below.checkIssued(one) && below.verify(one.publicKey));
    if (issuer === undefined) return root;
    path.add(keyOf(issuer));
    root = issuer;
  }
}

/** Reads a certificate, PEM or DER; `undefined` when it is none. */
export function parseCertificate(encoded: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(encoded);
  } catch {
    return undefined;
  }
}

/** True when this authority may vouch now, and has not revoked the serial number. */
export function vouchesFor(authority: DeviceAuthority, trust: DeviceTrust, serial: string, nowMs: number): boolean {
  if (nowMs < authority.notBeforeMs || nowMs > authority.notAfterMs) return false;
  if (!trust.demandsRevocationList) return true;
  let hasCurrentList = false;
  for (const list of authority.lists) {
    // A list that ran out still knows whom it revoked.
    if (list.revokedSerials.has(serial)) return false;
    if (list.thisUpdateMs <= nowMs && nowMs <= list.nextUpdateMs) hasCurrentList = true;
  }
  return hasCurrentList;
}

/**
 * Why device certificates cannot be accepted now, as a sentence for the operator's log; `undefined` when they can.
 * For start-up, reload and a daily look: an outdated revocation list locks every device out.
 */
export function untrustedBecause(
  tls: Pick<TlsSettings, 'clientCa' | 'crl'> | undefined,
  nowMs: number,
): string | undefined {
  if (tls?.clientCa === undefined) return undefined;
  const trust = readDeviceTrust(tls);
  if (trust.authorities.length === 0) {
    return 'No certificate authority was found in client_ca, so no device is accepted. Put PEM certificates of authorities (CA:TRUE) there.';
  }
  const nobody = canonicalSerial('0');
  const silent = trust.authorities.find((authority) => !vouchesFor(authority, trust, nobody, nowMs));
  if (silent === undefined) return undefined;
  const subject = silent.certificate.subject.replaceAll('\n', ', ');
  if (nowMs < silent.notBeforeMs || nowMs > silent.notAfterMs) {
    return `The device authority "${subject}" is not valid now, so none of its devices is accepted. Replace it in client_ca.`;
  }
  return `crl_file holds no current revocation list by the device authority "${subject}", so none of its devices is accepted. Publish a new list and reload.`;
}
