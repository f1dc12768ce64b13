import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ReloadCheck } from '../config/reload/reload.ts';
import type { ListenAddress, Snapshot } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import { assertHostsAreLocal, assertPlainHttpIsLocal } from '../server/plain-http-guard.ts';
import { tlsOptions } from '../server/tls-options.ts';
import { isStateKey } from '../state/rekey-state.ts';

/** What every candidate must pass: TLS can use its certificates, its key opens the state, and the demo stays on this computer. */
export function ownChecks(settings: {
  readonly plainHttp: ListenAddress | undefined;
  /** In somebody else's server that speaks plain HTTP. */
  readonly servesOnlyLocalHosts: boolean;
}): readonly ReloadCheck[] {
  return [
    ownCheck('certificates', ({ server }) => {
      if (server.tls !== undefined) tlsOptions(server.tls);
    }),
    ownCheck('state_key', async ({ state }, running) => {
      if (isDeepStrictEqual(state.key, running.state.key) || (await isStateKey({ ...state, randomBytes }))) return;
      throw new Fault(
        'config_invalid',
        'No secret of state.key opens the state. While it changes, list the new one and the one in use: state.key: [NEW, OLD].',
      );
    }),
    ownCheck('plain_http', (candidate) => {
      if (settings.servesOnlyLocalHosts) assertHostsAreLocal(candidate);
      if (settings.plainHttp !== undefined) assertPlainHttpIsLocal(settings.plainHttp.host, candidate);
    }),
  ];
}

/** A check of the program itself: `assert` throws a sentence about what cannot be taken up. */
function ownCheck(name: string, assert: (candidate: Snapshot, running: Snapshot) => void | Promise<void>): ReloadCheck {
  return {
    name,
    async run(candidate, running) {
      try {
        await assert(candidate, running);
        return { outcome: 'passed', lines: [] };
      } catch (thrown) {
        const message: unknown = Reflect.get(Object(thrown), 'message');
        return { outcome: 'blocked', lines: [typeof message === 'string' ? message : 'It cannot be used.'] };
      }
    },
  };
}
