import { createHash, X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { ServiceSettings, Snapshot } from '../config/snapshot.ts';

/** A machine that asks by itself, and what it showed. */
export interface ServiceIdentity {
  readonly service: ServiceSettings;
  /** What it showed, as the configuration names it: SHA-256 in lower-case hex. */
  readonly credentialHash: string;
  /** A certificate's end; `undefined` for a token, which has none. */
  readonly notAfterMs: number | undefined;
}

/** The service whose token this is. The hash is looked up, so how long that takes says nothing of the token. */
export function findServiceByToken(token: string, { services }: Snapshot): ServiceIdentity | undefined {
  const credentialHash = createHash('sha256').update(token).digest('hex');
  const service = services?.byToken.get(credentialHash);
  return service === undefined ? undefined : { service, credentialHash, notAfterMs: undefined };
}

interface PublicKey {
  readonly hash: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

// A connection shows one certificate, and it is one object for as long as the connection is open.
const publicKeys = new WeakMap<PeerCertificate, PublicKey | 'unreadable'>();

/**
 * The service whose public key a certificate has, while the certificate is valid. Who signed it is not asked: the key is
 * named in the configuration, and the handshake proved that the client holds it (security-rules.md 8).
 */
export function findServiceByCertificate(
  certificate: PeerCertificate | undefined,
  { services }: Snapshot,
  nowMs: number,
): ServiceIdentity | undefined {
  if (certificate?.raw === undefined || services === undefined || services.bySpki.size === 0) return undefined;
  const key = publicKeys.get(certificate) ?? readPublicKey(certificate);
  publicKeys.set(certificate, key);
  if (key === 'unreadable' || nowMs < key.notBeforeMs || nowMs > key.notAfterMs) return undefined;
  const service = services.bySpki.get(key.hash);
  return service === undefined ? undefined : { service, credentialHash: key.hash, notAfterMs: key.notAfterMs };
}

function readPublicKey({ raw }: PeerCertificate): PublicKey | 'unreadable' {
  try {
    const certificate = new X509Certificate(raw);
    return {
      hash: createHash('sha256')
        .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
        .digest('hex'),
      notBeforeMs: certificate.validFromDate.getTime(),
      notAfterMs: certificate.validToDate.getTime(),
    };
  } catch {
    return 'unreadable';
  }
}

/** The same service in another configuration; `undefined` when that one does not take what was shown. */
export function findServiceAgain(
  { service, credentialHash, notAfterMs }: ServiceIdentity,
  { services }: Snapshot,
  nowMs: number,
): ServiceIdentity | undefined {
  if (notAfterMs !== undefined && nowMs > notAfterMs) return undefined;
  const known = (service.credential === 'token' ? services?.byToken : services?.bySpki)?.get(credentialHash);
  return known?.id === service.id ? { service: known, credentialHash, notAfterMs } : undefined;
}
