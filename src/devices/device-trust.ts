import { X509Certificate } from 'node:crypto';
import type { TlsSettings } from '../config/snapshot.ts';
import { canonicalSerial, type RevocationList, readRevocationList, splitRevocationLists } from './revocation-list.ts';

/** An authority that device certificates may come from, with its revocation lists. */
export interface DeviceAuthority {
  readonly certificate: X509Certificate;
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

const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Reads `client_ca` and `crl_file`. What cannot be read vouches for nobody; `untrustedBecause` says so in words.
 * Each certificate in `client_ca` is trusted as it stands: with intermediates, put the issuing ones there.
 */
export function readDeviceTrust(tls: Pick<TlsSettings, 'clientCa' | 'crl'>): DeviceTrust {
  const lists = tls.crl === undefined ? [] : splitRevocationLists(tls.crl);
  const authorities: DeviceAuthority[] = [];
  for (const [pem] of (tls.clientCa ?? '').matchAll(pemBlock)) {
    const certificate = parseCertificate(pem);
    if (certificate === undefined || !certificate.ca) continue;
    authorities.push({
      certificate,
      notBeforeMs: certificate.validFromDate.getTime(),
      notAfterMs: certificate.validToDate.getTime(),
      lists: lists.flatMap((der) => readRevocationList(der, certificate) ?? []),
    });
  }
  return { authorities, demandsRevocationList: tls.crl !== undefined };
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
