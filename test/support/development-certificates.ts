import 'reflect-metadata';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(globalThis.crypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

export interface IssuedCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly serialNumber?: string;
}

export interface Authority {
  /** PEM of its own certificate. */
  readonly ca: string;
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
  issueServerCertificate(names: readonly string[], options?: IssueOptions): Promise<IssuedCertificate>;
  /** The name becomes the common name. */
  issueClientCertificate(name: string, options?: IssueOptions): Promise<IssuedCertificate>;
}

async function exportKey(keys: CryptoKeyPair): Promise<string> {
  const bytes = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const base64 = Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

function randomSerial(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
    .toString('hex')
    .replace(/^./, '1');
}

/** A certificate authority in memory. Another call is another authority that nobody of the first one trusts. */
export async function createAuthority(name = 'Test authority'): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  async function issue(subject: string, usage: string, names: readonly string[], options: IssueOptions) {
    const leafKeys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const extensions: x509.Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ];
    if (names.length > 0) {
      const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
      extensions.push(new x509.SubjectAlternativeNameExtension([...alternatives]));
    }
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: options.serialNumber ?? randomSerial(),
      subject: `CN=${subject}`,
      issuer: certificate.subject,
      notBefore: options.notBefore ?? new Date(Date.now() - dayMs),
      notAfter: options.notAfter ?? new Date(Date.now() + 10 * dayMs),
      signingKey: keys.privateKey,
      publicKey: leafKeys.publicKey,
      signingAlgorithm: algorithm,
      extensions,
    });
    return { cert: leaf.toString('pem'), key: await exportKey(leafKeys) };
  }

  return {
    ca: certificate.toString('pem'),
    certificate,
    keys,
    issueServerCertificate: (names, options = {}) => issue(names[0] ?? 'server', '1.3.6.1.5.5.7.3.1', names, options),
    issueClientCertificate: (name, options = {}) => issue(name, '1.3.6.1.5.5.7.3.2', [], options),
  };
}
