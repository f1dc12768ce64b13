/** By what records are found besides their key and owner (`RecordWrite.tags`). Another spelling would find nothing that was written before. */

/** A subject is `iss` + `sub` (security-rules.md 6). */
export function personTag({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  return `person ${JSON.stringify([issuer, subject])}`;
}

/** What an administrator may call a person: an e-mail address as rules spell it, or a `sub`. */
export function nameTag(name: string): string {
  return `name ${name}`;
}

/** All names of a person. */
export function nameTagsOf({ email, subject }: { readonly email: string | undefined; readonly subject: string }) {
  return [...new Set([subject, ...(email === undefined ? [] : [email])])].map(nameTag);
}

/** The key of a registered browser. */
export function browserTag(keyId: string): string {
  return `browser ${keyId}`;
}
