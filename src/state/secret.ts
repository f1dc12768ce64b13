import { hash, timingSafeEqual } from 'node:crypto';

/** 256 bits in base64url. */
const secretLength = 43;

/** A new opaque secret of 256 random bits: for credentials, tickets, return targets and attempts. */
export function mintSecret(randomBytes: (count: number) => Buffer): string {
  return randomBytes(32).toString('base64url');
}

/** How a secret is named in the store (SHA-256, base64url): the file opens nothing for whoever reads it. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Whether two secrets, or what was made from them, are the same; how long that takes says nothing of either but its length. */
export function isSameSecret(one: string | Uint8Array, other: string | Uint8Array): boolean {
  const [left, right] = [bytesOf(one), bytesOf(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function bytesOf(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? Buffer.from(secret) : secret;
}

/** True for text that `mintSecret` could have made. Cheap: anything else is turned away before the store is asked. */
export function isSecret(text: string): boolean {
  if (text.length !== secretLength) return false;
  for (let index = 0; index < secretLength; index += 1) {
    if (!isBase64Url(text.charCodeAt(index))) return false;
  }
  return true;
}

function isBase64Url(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  );
}
