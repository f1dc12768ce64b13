import { createHash } from 'node:crypto';
import { accept, type Parsed, refuse } from './parsed.ts';

const hexForm = /^sha256:([0-9a-fA-F]{64})$/;
const base64Form = /^sha256:([A-Za-z0-9+/_-]{43}=?)$/;

/** A SHA-256 as people get it from tools: `sha256:` and 64 hex digits, or the same in base64. Comes out as lower-case hex. */
export function parseCredentialHash(text: string): Parsed<string> {
  const hex = hexForm.exec(text)?.[1];
  if (hex !== undefined) return accept(hex.toLowerCase());
  const base64 = base64Form.exec(text)?.[1];
  if (base64 !== undefined) return accept(Buffer.from(base64, 'base64').toString('hex'));
  if (text.startsWith('pst_')) {
    const hash = createHash('sha256').update(text).digest('hex');
    return refuse('P031', 'is the token itself', `write its hash, which opens nothing: "sha256:${hash}"`);
  }
  return refuse('P019', 'is not a SHA-256: sha256: and 64 hex digits, as postern service prints them', undefined);
}
