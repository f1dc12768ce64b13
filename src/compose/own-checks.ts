import type { ReloadCheck } from '../config/reload/reload.ts';
import type { ListenAddress, Snapshot } from '../config/snapshot.ts';
import { assertHostsAreLocal, assertPlainHttpIsLocal } from '../server/plain-http-guard.ts';
import { tlsOptions } from '../server/tls-options.ts';

/** What every candidate must pass: TLS can use its certificates, and the demo stays on this computer. */
export function ownChecks(settings: {
  readonly plainHttp: ListenAddress | undefined;
  /** In somebody else's server that speaks plain HTTP. */
  readonly servesOnlyLocalHosts: boolean;
}): readonly ReloadCheck[] {
  return [
    ownCheck('certificates', ({ server }) => {
      if (server.tls !== undefined) tlsOptions(server.tls);
    }),
    ownCheck('plain_http', (candidate) => {
      if (settings.servesOnlyLocalHosts) assertHostsAreLocal(candidate);
      if (settings.plainHttp !== undefined) assertPlainHttpIsLocal(settings.plainHttp.host, candidate);
    }),
  ];
}

/** A check of the program itself: `assert` throws a sentence about what cannot be taken up. */
function ownCheck(name: string, assert: (candidate: Snapshot) => void): ReloadCheck {
  return {
    name,
    async run(candidate) {
      try {
        assert(candidate);
        return { outcome: 'passed', lines: [] };
      } catch (thrown) {
        const message: unknown = Reflect.get(Object(thrown), 'message');
        return { outcome: 'blocked', lines: [typeof message === 'string' ? message : 'It cannot be used.'] };
      }
    },
  };
}
