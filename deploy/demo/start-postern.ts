import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DemoPorts } from './ports.ts';

/** Postern as a process of its own. */
export interface RunningPostern {
  /** Resolves with how it ended, also when it was told to. */
  readonly ended: Promise<string>;
  /** Tells it to stop, and waits until it has. */
  stop(): Promise<void>;
}

/** Starts Postern with a configuration file; resolves when it serves. */
export type StartPostern = (configurationFile: string, ports: DemoPorts) => Promise<RunningPostern>;

/** From here on pino's levels mean trouble. Decisions are shown from the audit trail, so nothing else of the log is. */
const warningLevel = 40;

const script = fileURLToPath(new URL('run-postern.ts', import.meta.url));

/** Starts `run -c FILE` of the built program. Rejects when it ends before it serves; it has said why on stderr. */
export const startPostern: StartPostern = async (configurationFile, ports) => {
  const child = spawn(
    process.execPath,
    [...process.execArgv, script, String(ports.plain), 'run', '-c', configurationFile],
    // A group of its own: Ctrl+C goes to all of a terminal's group, and the second signal that it hears ends it undrained.
    // Its stdin is how it learns that the demo was killed.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  const ended = once(child, 'exit').then(([code, signal]) => (signal === null ? `code ${code}` : `${signal}`));
  const serving = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const entry = parseLine(line);
      if (entry.msg === 'Postern is serving.') resolve();
      if (entry.level >= warningLevel) process.stderr.write(`${describe(entry)}\n`);
    });
  });
  const early = ended.then((how) => {
    throw new Error(`Postern ended before it served (${how}).`);
  });
  await Promise.race([serving, early]);
  return {
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};

interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: number;
  readonly msg: string;
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    // Not of the log, so somebody should see it.
    return { level: warningLevel, msg: line };
  }
}

function describe({ level: _level, time: _time, pid: _pid, hostname: _host, name: _name, msg, ...fields }: LogLine) {
  return `${msg} ${JSON.stringify(fields)}`;
}
