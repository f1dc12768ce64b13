import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { z } from 'zod';

/** A coordinate of P-256 in base64url: 32 bytes. */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** Closed, so that a private key that is sent by mistake is refused and never kept. */
export const publicJwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
});

/** The public key of a registered browser. */
export interface BrowserKey {
  /** RFC 7638 thumbprint, made here: a browser cannot choose the name of another's key. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly jwk: z.infer<typeof publicJwk>;
}

/** Reads the key that a browser wants registered; `undefined` for anything but a public P-256 key that is on the curve. */
export async function readBrowserKey(value: unknown): Promise<BrowserKey | undefined> {
  const parsed = publicJwk.safeParse(value);
  if (!parsed.success) return undefined;
  const jwk = parsed.data;
  try {
    return { keyId: await calculateJwkThumbprint(jwk), publicKey: createPublicKey({ key: jwk, format: 'jwk' }), jwk };
  } catch {
    return undefined;
  }
}
