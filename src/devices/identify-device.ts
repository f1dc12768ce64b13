import type { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { Snapshot, TlsSettings } from '../config/snapshot.ts';
import type { ConnectionDevice, Devices } from './device.ts';
import {
  type DeviceAuthority,
  type DeviceTrust,
  parseCertificate,
  readDeviceTrust,
  vouchesFor,
} from './device-trust.ts';
import { canonicalSerial } from './revocation-list.ts';

/** The extended key usage of TLS clients (RFC 5280 §4.2.1.12), and the one that stands for all. */
const clientAuthentication = '1.3.6.1.5.5.7.3.2';
const anyUsage = '2.5.29.37.0';

/** How many certificates are remembered for a configuration. */
const rememberedCertificates = 20_000;

/** A certificate whose signature was checked; dates and revocation are looked at each time. */
interface VerifiedDevice {
  readonly device: ConnectionDevice;
  readonly serial: string;
  readonly notBeforeMs: number;
  /** Every authority of the configuration that signed it (a renewed authority keeps its key). */
  readonly authorities: readonly DeviceAuthority[];
}

interface Trusted {
  readonly trust: DeviceTrust;
  readonly verdicts: LRUCache<string, VerifiedDevice | 'refused'>;
}

/** SHA-256 of a certificate as lower-case hex without colons. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

function verifySignature(certificate: PeerCertificate, trust: DeviceTrust): VerifiedDevice | 'refused' {
  const leaf = parseCertificate(certificate.raw);
  if (leaf === undefined || leaf.ca) return 'refused';
  const usages: readonly string[] | undefined = leaf.keyUsage;
  if (usages === undefined || !usages.some((usage) => usage === clientAuthentication || usage === anyUsage))
    return 'refused';
  const name: unknown = leaf.toLegacyObject().subject?.CN;
  const authorities = trust.authorities.filter(
    (authority) => leaf.checkIssued(authority.certificate) && leaf.verify(authority.certificate.publicKey),
  );
  const [first] = authorities;
  // They all have the key that signed it, and so the same devices.
  const deviceId = first === undefined ? undefined : deviceIdOf(name, first.namesOf);
  if (deviceId === undefined) return 'refused';
  return {
    device: { deviceId, fingerprint: fingerprintOf(leaf), notAfterMs: leaf.validToDate.getTime() },
    serial: canonicalSerial(leaf.serialNumber),
    notBeforeMs: leaf.validFromDate.getTime(),
    authorities,
  };
}

/**
 * Builds the check of device certificates (security-rules.md 10, 11). What TLS said of the chain is not asked: a resumed
 * connection still says `authorized` after `client_ca` changed. The signature is checked once per certificate and
 * configuration; dates and revocation on every call, so that nothing remembered outlives them.
 *
 * Refused: no certificate, no `client_ca`, another or an expired authority, self-signed, an authority's own certificate,
 * not meant for TLS clients, expired or not yet valid, revoked, no usable common name, or `crl_file` without a current list.
 */
export function createIdentify(): Devices['identify'] {
  const trusted = new WeakMap<TlsSettings, Trusted>();

  function trustOf(tls: TlsSettings): Trusted {
    const known = trusted.get(tls);
    if (known !== undefined) return known;
    const fresh: Trusted = { trust: readDeviceTrust(tls), verdicts: new LRUCache({ max: rememberedCertificates }) };
    trusted.set(tls, fresh);
    return fresh;
  }

  return (certificate: PeerCertificate | undefined, snapshot: Snapshot, nowMs: number) => {
    const { tls } = snapshot.server;
    // Node answers an empty object when the client showed no certificate.
    if (certificate?.raw === undefined || tls?.clientCa === undefined) return undefined;
    const { trust, verdicts } = trustOf(tls);
    let verified = verdicts.get(certificate.fingerprint256);
    if (verified === undefined) {
      verified = verifySignature(certificate, trust);
      verdicts.set(certificate.fingerprint256, verified);
    }
    if (verified === 'refused') return undefined;
    const { device, serial, notBeforeMs, authorities } = verified;
    if (nowMs < notBeforeMs || nowMs > device.notAfterMs) return undefined;
    return authorities.some((authority) => vouchesFor(authority, trust, serial, nowMs)) ? device : undefined;
  };
}

/** A common name that can be a device's: bounded, printable, and one only. */
const nameShape = /^[\x21-\x7e][\x20-\x7e]{0,127}$/;
const otherAuthority = /@[0-9a-f]{32}$/;

/**
 * A device is an authority and a name (security-rules.md 35). The id of one whose authority gives names as they are is its common
 * name; that of any other says the authority too, as `NAME@KEY`. `undefined` for a name that is none, or that could be taken
 * for such an id.
 * @param authority the first 32 hex digits of its key's SHA-256; `undefined`: its names stand alone.
 */
function deviceIdOf(name: unknown, authority: string | undefined): string | undefined {
  if (typeof name !== 'string' || !nameShape.test(name) || otherAuthority.test(name)) return undefined;
  return authority === undefined ? name : `${name}@${authority}`;
}
