import { X509Certificate } from 'node:crypto';
import type { TlsSettings } from '../config/snapshot.ts';

/** A certificate that the listeners show, for the metric of when it runs out. */
export interface CertificateEnd {
  readonly names: readonly string[];
  readonly notAfterMs: number;
}

/** Reads when each certificate of the listeners runs out. Of a file with a chain, the first is the listener's own. */
export function readCertificateEnds(tls: TlsSettings | undefined): readonly CertificateEnd[] {
  return (tls?.certificates ?? []).map(({ certificate, names }) => ({
    names,
    notAfterMs: new X509Certificate(certificate).validToDate.getTime(),
  }));
}
