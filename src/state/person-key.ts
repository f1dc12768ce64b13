import { hash } from 'node:crypto';

/** Who a person is: `iss` + `sub` (security-rules.md 6), never a name or an e-mail address. */
export interface PersonId {
  readonly issuer: string;
  readonly subject: string;
}

export function isSamePerson(one: PersonId, other: PersonId): boolean {
  return one.issuer === other.issuer && one.subject === other.subject;
}

/** A person as one text, in which neither part can pass for the other. */
export function personText({ issuer, subject }: PersonId): string {
  return JSON.stringify([issuer, subject]);
}

/**
 * The key of a record about a person, or about a person and something of theirs. Keys are not encrypted, so nobody is
 * named in one. Another spelling would find nothing that was written before.
 */
export function personKey({ issuer, subject }: PersonId, ...ofTheirs: readonly string[]): string {
  return hash('sha256', JSON.stringify([issuer, subject, ...ofTheirs]), 'base64url');
}

/**
 * The same for people who are known and the browsers that they registered, whose records have always been found by this
 * spelling. An issuer is a URL and has no line break, so it is as unambiguous.
 */
export function personKeyInLines({ issuer, subject }: PersonId): string {
  return hash('sha256', `${issuer}\n${subject}`, 'base64url');
}
