import { isDeepStrictEqual } from 'node:util';
import type { IdentityProvider, Snapshot } from '../../config/snapshot.ts';
import type { Person } from '../../people/known-person.ts';

/** Keys of a provider without which the one who signed in before does not come back as the same. */
const needed: readonly (readonly [key: string, read: (provider: IdentityProvider) => unknown])[] = [
  ['issuer', ({ issuer }) => issuer],
  ['client_id', ({ clientId }) => clientId],
  ['claims', ({ claims }) => claims],
];

/**
 * What of a configuration keeps a person from signing in as they did, by key: the provider and what it knows us by, the host
 * that it sends people back to, how its claims are read. Empty: nothing. Whether the provider itself agrees is not asked.
 */
export function lostSignIn(candidate: Snapshot, running: Snapshot, person: Person): readonly string[] {
  const lost: string[] = [];
  if (candidate.server.authHost !== running.server.authHost) lost.push('server.auth_host is another one');
  const name = `identity_providers.${person.providerId}`;
  const old = running.providers.get(person.providerId);
  const now = candidate.providers.get(person.providerId);
  // Somebody who could not sign in before loses nothing.
  if (old === undefined || old.issuer !== person.issuer) return lost;
  if (now === undefined) return [...lost, `${name} is gone`];
  for (const [key, read] of needed)
    if (!isDeepStrictEqual(read(old), read(now))) lost.push(`${name}.${key} is another one`);
  if (old.scopes.some((scope) => !now.scopes.includes(scope))) lost.push(`${name}.scopes asks for less`);
  if (old.trustEmail && !now.trustEmail) lost.push(`${name}.trust_email is gone`);
  return lost;
}

/** Devices that were believed are still believed: every authority of before is among those of now. */
export function keepsAuthorities(candidate: Snapshot, running: Snapshot): boolean {
  const certificates = (pem: string | undefined) =>
    pem?.match(/-----BEGIN [^-]+-----[\s\S]*?-----END [^-]+-----/g) ?? [];
  const kept = new Set(certificates(candidate.server.tls?.clientCa).map(withoutSpace));
  return certificates(running.server.tls?.clientCa).every((pem) => kept.has(withoutSpace(pem)));
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
