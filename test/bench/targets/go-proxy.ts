import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../contender.ts';
import { buildGo } from '../contenders/go-program.ts';
import { inTurns, ratioOf } from '../in-turns.ts';
import { openStage } from '../stage.ts';
import { writeTurns } from '../write-turns.ts';
import { atPath, exchanges } from './exchanges.ts';
import type { Figure, Row } from './row.ts';

const source = fileURLToPath(new URL('../contenders/reverse-proxy.go', import.meta.url));

/** Half of what was measured before: 3.5 and 1.5. */
const atMost = new Map([
  ['POST 10 KB', 0.75],
  ['GET 1 MB', 1.75],
]);

/** What Node and undici cost by themselves: the bare forwarder against Go's ReverseProxy, TLS on both sides. */
export const goProxy: Row = {
  name: 'go-proxy',
  async measure(options) {
    const stage = await openStage({ isTls: true });
    try {
      const program = buildGo(source, stage.folder);
      if (program === undefined)
        return [{ what: "bare forwarder against Go's ReverseProxy", leftOut: 'there is no Go' }];
      const bare = await stage.startBare();
      const go = stage.contenderOf("Go's ReverseProxy", await startProgram(program, stage.forwarderArguments));
      const figures: Figure[] = [];
      for (const { name, path, ...request } of exchanges) {
        const script = writeTurns(join(stage.folder, 'turns.lua'), { ...request, secrets: ['nobody'] });
        const [mine, theirs] = [bare, go].map((contender) => ({
          name: `${name}, ${contender.name}`,
          contender: atPath(contender, path),
          script,
        }));
        if (mine === undefined || theirs === undefined) continue;
        const bound = atMost.get(name);
        figures.push({
          what: `bare forwarder against Go's ReverseProxy, TLS on both sides, ${name}`,
          ...ratioOf(await inTurns([mine, theirs], options), mine.name, theirs.name),
          ...(bound === undefined ? {} : { bound: { atMost: bound } }),
        });
      }
      return figures;
    } finally {
      await stage.close();
    }
  },
};
