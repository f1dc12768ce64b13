import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { findOauth2Proxy } from '../contenders/go-program.ts';
import { startOauth2Proxy } from '../contenders/oauth2-proxy.ts';
import { freePort } from '../free-port.ts';
import { ratioOf } from '../in-turns.ts';
import { cpuSecondsOf } from '../load.ts';
import { openStage } from '../stage.ts';
import type { Row } from './row.ts';

const client = fileURLToPath(new URL('../clients/echo-client.ts', import.meta.url));
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
          const each = await microsecondsEach(entrant, seconds);
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

async function microsecondsEach(contender: Contender, seconds: number): Promise<number> {
  const url = contender.url.replace(/^https/, 'wss');
  const child = spawn(process.execPath, [client, url, JSON.stringify(contender.headers), String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let before = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { echoed } = JSON.parse(line) as { readonly echoed?: number };
    if (echoed !== undefined) return ((cpuSecondsOf(contender) - before) / echoed) * 1e6;
    before = cpuSecondsOf(contender);
  }
  throw new Error(`The WebSockets through ${contender.name} ended early.`);
}
