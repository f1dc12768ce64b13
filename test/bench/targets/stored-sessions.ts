import { statSync } from 'node:fs';
import { join } from 'node:path';
import { residentMegabytes } from '../resident-memory.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Row } from './row.ts';

const inUse = 1_000;

/** What sessions cost that only lie there. */
export const storedSessions: Row = {
  name: 'stored-sessions',
  measure: (options) => {
    const stored = Math.max(options.stored, inUse);
    const many = stored.toLocaleString('en');
    return sideBySide(
      {
        what: `${many} sessions stored against 1,000`,
        left: { sessions: stored },
        right: { sessions: inUse },
        counts: [inUse],
        bound: { atMost: 1.05 },
        after: ({ folder }, { pids: [pid = 0] }) => [
          {
            what: `bytes on disk for each of ${many} sessions, with its cookie's record`,
            figure: statSync(join(folder, 'state.db')).size / stored,
            unit: ' B',
            bound: { atMost: 1_024 },
            from: 'state.db',
          },
          {
            what: `memory of a worker with ${many} sessions stored, 1,000 in use`,
            figure: residentMegabytes(pid),
            unit: ' MB',
            bound: { atMost: 200 },
            from: 'resident, after that load',
          },
        ],
      },
      options,
    );
  },
};
