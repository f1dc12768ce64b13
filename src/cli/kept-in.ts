import { number, object, oneOf, optional, type ShapeOf } from './answer-shape.ts';

/** Where the server put what it took away; an older server does not say. */
export const keptIn = optional(oneOf('state', 'reserve', 'memory'));

/** How what was taken away reached the workers; absent where nobody had to be asked. */
export const confirmation = optional(object({ workers: number, streams_closed: number, took_ms: number }));

export type KeptIn = ShapeOf<typeof keptIn>;

const notes: Readonly<Record<Exclude<KeptIn, undefined>, string>> = {
  state: '',
  reserve:
    'Note: the disk of the state takes nothing. This holds from now on, stands in the reserve beside the state, and is written when there is room.\n',
  memory:
    'WARNING: the disk of the state takes nothing, and there is no reserve. This holds from now on, in memory alone. Make room before Postern is restarted: after a restart nobody who was signed in by now is served.\n',
};

/** What to tell beside a success; empty where it is in the state. */
export function noteOnKept(where: KeptIn): string {
  return where === undefined ? '' : notes[where];
}

/** The worst of several. */
export function worstOfKept(all: readonly KeptIn[]): KeptIn {
  if (all.includes('memory')) return 'memory';
  return all.includes('reserve') ? 'reserve' : all[0];
}
