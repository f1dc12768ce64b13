import type { Route } from '../../config/snapshot.ts';
import type { Session } from '../../sessions/session.ts';

/** What an app is told of a person, as name, value, name, value …; the plain headers only where `pass_identity_headers` says so. */
export function identityHeaders(assertion: string, session: Session, route: Route): readonly string[] {
  const headers = ['x-postern-assertion', assertion];
  if (!route.passIdentityHeaders) return headers;
  const { subject, email, isEmailVerified, groups } = session.person;
  headers.push('x-postern-user', asHeaderValue(subject));
  // The plain header cannot say that nobody vouches for it, as the assertion does.
  if (email !== undefined && isEmailVerified) headers.push('x-postern-email', asHeaderValue(email));
  if (groups !== undefined) headers.push('x-postern-groups', groups.map(asHeaderValue).join(','));
  return headers;
}

/** Header bytes are limited (RFC 9110 section 5.5); what does not fit is percent-encoded, and so is the list's comma. */
function asHeaderValue(text: string): string {
  return /^[\x20-\x2b\x2d-\x7e]*$/.test(text) && !text.includes('%') ? text : encodeURIComponent(text);
}
