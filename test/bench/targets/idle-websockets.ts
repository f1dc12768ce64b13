import { openStreamsStage } from '../streams/stage.ts';
import type { Row } from './row.ts';

/** What a WebSocket costs on which nothing is said. */
export const idleWebsockets: Row = {
  name: 'idle-websockets',
  async measure({ sockets: count }) {
    const stage = await openStreamsStage();
    try {
      const { sockets, each } = await stage.open(count);
      for (const { socket } of sockets) socket.destroy();
      const who = `each of ${count.toLocaleString('en')} idle WebSockets`;
      return [
        {
          what: `JavaScript heap for ${who}`,
          figure: each.heapUsed / 1_000,
          unit: ' KB',
          bound: { atMost: 10 },
          from: 'once its garbage is collected',
        },
        {
          what: `memory for ${who}`,
          figure: each.rss / 1_000,
          unit: ' KB',
          from: 'resident, with OpenSSL and the two sockets',
        },
      ];
    } finally {
      await stage.close();
    }
  },
};
