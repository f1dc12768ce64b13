import { constants } from 'node:crypto';
import type { SecureContext, TlsOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { TlsSettings } from '../config/snapshot.ts';

/** ECDHE key exchange with authenticated encryption; TLS 1.3 suites are all of that kind. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** A connection keeps the keys and the certificate that it began with: nobody shows another one midway. */
const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;

/**
 * TLS for a listener: 1.2 and up, the certificate that covers the name asked for, device certificates asked for and
 * never required. What the handshake thinks of a device certificate decides nothing: the chain is verified on each
 * request (security-rules.md 11).
 */
export function tlsOptions(tls: TlsSettings): TlsOptions {
  const [first] = tls.certificates;
  const shared: TlsOptions = {
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
    secureOptions,
    requestCert: tls.clientCa !== undefined,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  };
  const ca = tls.clientCa === undefined ? {} : { ca: tls.clientCa };
  return {
    ...shared,
    ...ca,
    ...(first === undefined ? {} : { cert: first.certificate, key: first.key }),
    SNICallback: chooseCertificate(tls, ca),
  };
}

function chooseCertificate(tls: TlsSettings, ca: { readonly ca?: string }): NonNullable<TlsOptions['SNICallback']> {
  const contexts = tls.certificates.map((pair) => ({
    names: pair.names.map((name) => name.toLowerCase()),
    context: createSecureContext({
      cert: pair.certificate,
      key: pair.key,
      minVersion: 'TLSv1.2',
      ciphers,
      secureOptions,
      ...ca,
    }),
  }));
  return (serverName, done) => {
    const name = serverName.toLowerCase();
    const found = contexts.find((one) => one.names.some((pattern) => covers(pattern, name))) ?? contexts[0];
    done(null, found?.context as SecureContext | undefined);
  };
}

/** A wildcard stands for one label (RFC 6125 section 6.4.3). */
function covers(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot) === pattern.slice(1);
}
