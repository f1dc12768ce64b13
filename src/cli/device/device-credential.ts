import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readBoundedFile, readFailure } from '../../config/source/read-bounded-file.ts';
import { cleanText } from '../table.ts';

/** A device's certificate with its key, and who vouches for the server. */
export interface DeviceCredential {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly caPem: string | undefined;
  readonly key: KeyObject;
  /** By the key alone: the server takes no other. */
  readonly algorithm: string;
}

const maxBytes = 256 * 1024;

/** Reads the files. A text says in a sentence which one cannot be used, and why; no part of a key is in it. */
export async function readDeviceCredential(files: {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}): Promise<DeviceCredential | string> {
  const texts: Record<string, string> = {};
  for (const [name, path] of Object.entries(files)) {
    if (path === undefined) continue;
    try {
      texts[name] = (await readBoundedFile(path, maxBytes)).toString('utf8');
    } catch (thrown) {
      return `${cleanText(path)} cannot be read: ${readFailure(thrown)}.`;
    }
  }
  const { cert = '', key: keyPem = '', ca } = texts;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return `${cleanText(files.cert)} is not a certificate in PEM.`;
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(keyPem);
  } catch {
    return `${cleanText(files.key)} is not a private key in PEM without a passphrase.`;
  }
  if (!certificate.checkPrivateKey(key))
    return `The key in ${cleanText(files.key)} is not that of the certificate in ${cleanText(files.cert)}.`;
  const algorithm = algorithmOf(key);
  if (algorithm === undefined)
    return `The key in ${cleanText(files.key)} cannot sign reports. Use an EC (P-256, P-384, P-521), RSA or Ed25519 key.`;
  return { certificatePem: cert, keyPem, caPem: ca, key, algorithm };
}

function algorithmOf(key: KeyObject): string | undefined {
  switch (key.asymmetricKeyType) {
    case 'ec':
      switch (key.asymmetricKeyDetails?.namedCurve) {
        case 'prime256v1':
          return 'ES256';
        case 'secp384r1':
          return 'ES384';
        case 'secp521r1':
          return 'ES512';
        default:
          return undefined;
      }
    case 'rsa':
      return 'PS256';
    case 'ed25519':
      return 'EdDSA';
    default:
      return undefined;
  }
}
