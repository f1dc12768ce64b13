import type { Configuration } from '../schema/configuration-schema.ts';
import type { ServiceSettings, ServiceTable } from '../snapshot.ts';

/** Compiles the services to what a request is looked up in. */
export function compileServices(services: Configuration['services']): ServiceTable {
  const byToken = new Map<string, ServiceSettings>();
  const bySpki = new Map<string, ServiceSettings>();
  for (const { id, token_hash, certificate_spki } of services) {
    if (token_hash !== undefined) byToken.set(token_hash, { id, credential: 'token' });
    if (certificate_spki !== undefined) bySpki.set(certificate_spki, { id, credential: 'certificate' });
  }
  return { byToken, bySpki };
}
