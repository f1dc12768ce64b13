import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Contender, startNode } from '../contender.ts';
import { driveWell } from '../in-turns.ts';
import { observe } from '../observed.ts';
import { openStage } from '../stage.ts';
import { writeTurns } from '../write-turns.ts';
import type { Row } from './row.ts';

const script = fileURLToPath(new URL('../contenders/postern-with-streams.ts', import.meta.url));
const stretches = 10;
const longestStretchSeconds = 3_600;
/** What was kept alive for the client is closed by then. */
const settleMs = 2_000;

/** Of those that are kept alive to the app, some come and go. */
const mostSockets = 2;

/** Whether anything grows with the requests that were answered. */
export const replay: Row = {
  name: 'replay',
  async measure({ replays, inUse, say }) {
    const stage = await openStage({ isTls: true, sessions: Math.min(10_000, inUse) });
    try {
      const { child } = await startNode(script, [stage.file]);
      const postern = stage.contenderOf('Postern', { child, ready: { port: stage.port } });
      const turns = writeTurns(join(stage.folder, 'turns.lua'), { secrets: stage.secrets });
      let answered = 0;
      const replayed = async () => {
        const enough = Math.ceil(replays / stretches);
        answered += (await driveWell(postern, { seconds: longestStretchSeconds, script: turns, enough })).requests;
        await pause(settleMs);
        const { heapUsed } = await observe(child);
        const found = { heapUsed, ...openDescriptors(postern) };
        say(
          `${answered.toLocaleString('en')} requests: heap ${(heapUsed / 1e6).toFixed(1)} MB, ${found.sockets} sockets, ${found.files} files`,
        );
        return found;
      };
      // Caches are filled by the first stretch.
      const before = await replayed();
      let after = before;
      for (let stretch = 1; stretch < stretches; stretch += 1) after = await replayed();
      const what = `after ${answered.toLocaleString('en')} requests replayed, against the first tenth of them`;
      const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
      return [
        {
          what: `JavaScript heap ${what}`,
          figure: after.heapUsed / before.heapUsed,
          bound: { atMost: 1.05 },
          from: `${megabytes(after.heapUsed)} / ${megabytes(before.heapUsed)} MB, once its garbage is collected`,
        },
        {
          what: `more open sockets ${what}`,
          figure: after.sockets - before.sockets,
          bound: { atMost: mostSockets },
          from: `${after.sockets} and ${before.sockets}`,
        },
        {
          what: `more open files ${what}`,
          figure: after.files - before.files,
          bound: { atMost: 0 },
          from: `${after.files} and ${before.files}`,
        },
      ];
    } finally {
      await stage.close();
    }
  },
};

/** What a process has open: sockets, and all else. */
function openDescriptors({ pids: [pid = 0] }: Contender): { readonly sockets: number; readonly files: number } {
  const targets = readdirSync(`/proc/${pid}/fd`).map((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    } catch {
      return undefined;
    }
  });
  const open = targets.filter((target) => target !== undefined);
  const sockets = open.filter((target) => target.startsWith('socket:')).length;
  return { sockets, files: open.length - sockets };
}
