import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate for a first try, as PEM. */
export interface DevelopmentCertificate {
  /** What browsers are told to trust. Its key is gone once the certificate is signed: it can vouch for nothing else. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly endsAtMs: number;
}

const dayMs = 86_400_000;
/** Browsers refuse server certificates that are valid for longer than 398 days. */
export const developmentCertificateDays = 90;
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const commonName = '2.5.4.3';

/** Makes a certificate for these hosts, signed by an authority of its own. */
export function makeDevelopmentCertificate(hosts: readonly string[], nowMs: number): DevelopmentCertificate {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const endsAtMs = nowMs + developmentCertificateDays * dayMs;
  const authorityName = 'Postern development authority';
  const sealed = { issuer: authorityName, signedWith: authority.privateKey, nowMs, endsAtMs };
  const authorityId = keyIdentifierOf(authority.publicKey);
  const authorityCertificate = seal(
    authorityName,
    authority.publicKey,
    [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(authorityId)),
    ],
    sealed,
  );
  const certificate = seal(
    'Postern development certificate',
    server.publicKey,
    [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, new SubjectAlternativeName(hosts.map((dNSName) => new GeneralName({ dNSName })))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(authorityId) }),
      ),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifierOf(server.publicKey))),
    ],
    sealed,
  );
  return {
    authority: authorityCertificate,
    certificate,
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    endsAtMs,
  };
}

interface Seal {
  readonly issuer: string;
  readonly signedWith: KeyObject;
  readonly nowMs: number;
  readonly endsAtMs: number;
}

function seal(subject: string, key: KeyObject, extensions: readonly Extension[], by: Seal): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const serialNumber = randomBytes(16);
  // The number is signed, and never negative.
  serialNumber.writeUInt8((serialNumber.readUInt8(0) & 0x3f) | 0x40, 0);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytesOf(serialNumber),
    signature: algorithm,
    issuer: nameOf(by.issuer),
    // A clock that is a little behind is no reason to refuse it.
    validity: new Validity({ notBefore: new Date(by.nowMs - dayMs), notAfter: new Date(by.endsAtMs) }),
    subject: nameOf(subject),
    subjectPublicKeyInfo: AsnConvert.parse(derOf(key), SubjectPublicKeyInfo),
    extensions: new Extensions([...extensions]),
  });
  const signed = Buffer.from(AsnConvert.serialize(tbsCertificate));
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: bytesOf(sign('sha256', signed, by.signedWith)),
  });
  const base64 = Buffer.from(AsnConvert.serialize(certificate)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function nameOf(text: string): Name {
  const value = new AttributeValue({ utf8String: text });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
}

function derOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** RFC 7093 2: the leftmost 160 bits of a SHA-256 of the key. */
function keyIdentifierOf(key: KeyObject): ArrayBuffer {
  return bytesOf(createHash('sha256').update(derOf(key)).digest().subarray(0, 20));
}

/** A copy: buffers of Node share the memory beneath them. */
function bytesOf(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}
