import { type PersonId, personText } from './person-key.ts';

/** By what records are found besides their key and owner (`RecordWrite.tags`). Another spelling would find nothing that was written before. */

/** All that is a person's. */
export function personTag(person: PersonId): string {
  return `person ${personText(person)}`;
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
