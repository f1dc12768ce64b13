import { readFileAccess } from '../config/source/file-access.ts';
import { listFolder, readBoundedFile } from '../config/source/read-bounded-file.ts';
import { toFault } from '../decision/fault.ts';
import { packageVersion } from '../package-version.ts';
import { createConfirm, openInterview } from './ask-person.ts';
import type { Commands } from './commands.ts';
import { wantsColor } from './paint.ts';
import { pauseUntilSignal } from './pause-until-signal.ts';
import { runProgram } from './program.ts';

/** As the system ends a program that writes to a pipe nobody reads any more (128 + SIGPIPE). */
const unreadCode = 141;

/** `postern routes | head` has read enough: no trouble, and nothing that a stack trace would help with. */
function endWhenUnread(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(unreadCode);
  });
}

/** Runs the command line in this process: its environment, streams and clock. Whatever goes wrong is one sentence and a 3. */
export async function startProgram(args: readonly string[], commands: Commands): Promise<number> {
  const stderr = (text: string) => void process.stderr.write(text);
  endWhenUnread(process.stdout);
  endWhenUnread(process.stderr);
  try {
    return await runProgram(args, {
      commands,
      ports: { readFile: readBoundedFile, listFolder, lookAtFile: readFileAccess, env: process.env, now: Date.now },
      output: {
        stdout: (text) => void process.stdout.write(text),
        stderr,
        isTerminal: process.stdout.isTTY === true,
        isInteractive: process.stderr.isTTY === true,
        color: wantsColor(process.stdout, process.env),
        stderrColor: wantsColor(process.stderr, process.env),
      },
      confirm: createConfirm(process.stdin, process.stderr),
      openInterview: process.stdin.isTTY ? () => openInterview(process.stdin, process.stderr) : undefined,
      pause: pauseUntilSignal,
      version: await packageVersion(),
      nodeVersion: process.version,
    });
  } catch (thrown) {
    const { code, message, cause } = toFault(thrown);
    const because = code === 'internal' && cause !== undefined ? ` ${String(cause)}` : '';
    stderr(`postern: ${message}${because}\n`);
    return 3;
  }
}
