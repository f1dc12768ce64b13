import { clientLoad } from '../client-load.ts';
import { findOauth2Proxy } from '../contenders/go-program.ts';
import { startOauth2Proxy } from '../contenders/oauth2-proxy.ts';
import { freePort } from '../free-port.ts';
import { ratioOf } from '../in-turns.ts';
import { openStage } from '../stage.ts';
import type { Row } from './row.ts';

const what = 'WebSocket message and its echo against oauth2-proxy, TLS on both sides';

/** CPU time of a message of 100 bytes on its way to the app and back. */
export const websocketMessage: Row = {
  name: 'websocket-message',
  async measure({ rounds, seconds, say }) {
    const program = findOauth2Proxy(say);
    if (program === undefined) return [{ what, leftOut: 'oauth2-proxy is not here, and there is no Go to build it' }];
    const port = await freePort();
    const redirectUris = [`https://localhost:${port}/oauth2/callback`];
    const stage = await openStage({ isTls: true, sessions: 1, app: 'echo-upstream.ts', redirectUris });
    try {
      const postern = await stage.startPostern();
      const cookie = { Cookie: `__Host-postern=${stage.secrets[0]}` };
      const entrants = [
        { ...postern, headers: { ...postern.headers, ...cookie } },
        await startOauth2Proxy(stage, { program, port }),
      ];
      const costs = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
      for (let round = 1; round <= rounds; round += 1) {
        for (const entrant of entrants) {
          const url = entrant.url.replace(/^https/, 'wss');
          const args = [url, JSON.stringify(entrant.headers), String(seconds)];
          const each = await clientLoad(entrant, 'echo-client.ts', args);
          costs.get(entrant.name)?.push(each);
          say(`round ${round}  ${entrant.name}: ${each.toFixed(1)} µs`);
        }
      }
      return [{ what, ...ratioOf(costs, 'Postern', 'oauth2-proxy'), bound: { atMost: 1.1 } }];
    } finally {
      await stage.close();
    }
  },
};
