import type { KeyPath } from '../problem.ts';
import { parseCredentialHash } from '../values/credential-hash.ts';
import { type CheckContext, definedAt } from './check-context.ts';

const kinds = ['token_hash', 'certificate_spki'] as const;

/** Each service has one credential, and no two have the same: a request must say which of them asks. */
export function checkServices({ draft, reporter }: CheckContext): void {
  const taken = new Map<string, KeyPath>();
  for (const [index, service] of (draft.services ?? []).entries()) {
    const path = ['services', index];
    if (service === undefined || kinds.some((kind) => reporter.hasError([...path, kind]))) continue;
    const given = kinds.filter((kind) => service[kind] !== undefined);
    if (given.length !== 1) {
      const named = `the service "${service.id ?? ''}"`;
      const [message, help] =
        given.length === 0
          ? [`${named} has no credential`, 'add token_hash: or certificate_spki:']
          : [`${named} has two credentials`, 'make two services of it, and name both in the rules'];
      reporter.report(path, 'P045', message, { help });
      continue;
    }
    for (const kind of given) {
      const parsed = parseCredentialHash(service[kind] ?? '');
      if (!parsed.ok) continue;
      const key = `${kind} ${parsed.value}`;
      const earlier = taken.get(key);
      if (earlier === undefined) taken.set(key, [...path, kind]);
      else {
        reporter.report([...path, kind], 'P022', 'another service has the same credential', {
          help: `the other one is at ${definedAt(reporter, earlier)}; make a new one`,
        });
      }
    }
    if (
      service.certificate_spki !== undefined &&
      draft.server?.tls !== undefined &&
      draft.server.tls.client_ca === undefined
    ) {
      reporter.report(
        [...path, 'certificate_spki'],
        'P045',
        'no certificate is asked for without server.tls.client_ca',
        {
          help: 'add client_ca: under server.tls',
          on: 'key',
        },
      );
    }
  }
}
