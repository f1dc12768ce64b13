// node run-postern.ts PORT run -c FILE: the command line of the built program, as an administrator starts it. Plain HTTP on
// PORT is all that is added, since no configuration and no flag can ask for it (docs/security-rules.md, 22).
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { loadBuiltCommandLine } from './built-program.ts';

const [port, ...args] = process.argv.slice(2);
const file = args.at(-1) ?? '';

/** Whoever started this is gone without a word, and cannot clear up any more: keys lie beside the configuration. */
function endAlone(): void {
  process.once('exit', () => rmSync(dirname(file), { recursive: true, force: true }));
  const isHeard = process.emit('SIGTERM', 'SIGTERM');
  if (!isHeard) process.exit(1);
}

process.stdin.resume().once('end', endAlone);
const { startProgram, processCommands } = await loadBuiltCommandLine();
const code = await startProgram(
  args,
  processCommands({
    plainHttp: { host: '127.0.0.1', port: Number(port) },
    drainTimes: { idleGraceMs: 0, requestGraceMs: 500, streamGraceMs: 500, lingerMs: 0 },
  }),
);
process.exit(code);
