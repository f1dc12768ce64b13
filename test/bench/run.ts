/** The table of targets: `npm run bench`. */
import { loadavg } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { findWrk } from './load.ts';
import { goProxy } from './targets/go-proxy.ts';
import { idleWebsockets } from './targets/idle-websockets.ts';
import { manyGroups, manyRoutes, manyRules } from './targets/large-policy.ts';
import { latency } from './targets/latency.ts';
import { memory } from './targets/memory.ts';
import { others, othersOverTls } from './targets/others.ts';
import { replay } from './targets/replay.ts';
import { type Row, type RunOptions, tableLine } from './targets/row.ts';
import { storedSessions } from './targets/stored-sessions.ts';
import { tls } from './targets/tls.ts';
import { websocketMessage } from './targets/websocket-message.ts';
import { wholeCheck } from './targets/whole-check.ts';
import { workers } from './targets/workers.ts';

const rows: readonly Row[] = [
  wholeCheck,
  others,
  othersOverTls,
  tls,
  goProxy,
  websocketMessage,
  latency,
  storedSessions,
  manyRoutes,
  manyRules,
  manyGroups,
  workers,
  memory,
  idleWebsockets,
  replay,
];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    'in-use': { type: 'string', default: '100000' },
    stored: { type: 'string', default: '100000' },
    sockets: { type: 'string', default: '9500' },
    replays: { type: 'string', default: '200000' },
    only: { type: 'string', multiple: true },
  },
});
const options: RunOptions = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  inUse: Number(values['in-use']),
  stored: Number(values.stored),
  sockets: Number(values.sockets),
  replays: Number(values.replays),
  say: (progress) => void process.stderr.write(`${progress}\n`),
};
const print = (line: string) => void process.stdout.write(`${line}\n`);

/** The row of that name; where there is none, those that have the word in it. */
function rowsOf(word: string): readonly Row[] {
  const exact = rows.filter(({ name }) => name === word);
  return exact.length > 0 ? exact : rows.filter(({ name }) => name.includes(word));
}

async function main(): Promise<void> {
  const wanted = values.only?.flatMap(rowsOf) ?? rows;
  if (wanted.length === 0) {
    options.say(`There is no such row. There are: ${rows.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  if (!findWrk()) {
    options.say('The bench needs wrk. On Debian: apt-get install wrk.');
    process.exitCode = 3;
    return;
  }
  print('| what | figure | target | | from |\n| --- | --- | --- | --- | --- |');
  for (const row of wanted) {
    options.say(`\n${row.name}`);
    try {
      for (const line of await row.measure(options)) print(tableLine(line));
    } catch (thrown) {
      process.exitCode = 1;
      print(`| ${row.name} | - | - | **failed** | ${String(thrown).split('\n')[0]} |`);
      options.say(String(thrown));
    }
  }
  print(`\nLoad of the machine at the end: ${loadavg()[0]?.toFixed(1)}.`);
}

await main();
