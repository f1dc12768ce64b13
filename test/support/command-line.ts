import type { CliContext } from '../../src/cli/commands.ts';
import { runProgram } from '../../src/cli/program.ts';
import { listFolder, readBoundedFile } from '../../src/config/source/read-bounded-file.ts';
import { configurationTime } from './config-files.ts';

/** Runs the command line in this process, over real files; `commands` replaces what needs a running program. */
export async function runCommandLine(
  args: readonly string[],
  options: {
    readonly env?: CliContext['ports']['env'];
    readonly commands?: Partial<CliContext['commands']>;
    readonly now?: () => number;
    readonly openInterview?: CliContext['openInterview'];
  } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const refuse = async () => Promise.reject(new Error('This test runs no program.'));
  const code = await runProgram(args, {
    commands: { run: refuse, verifyAudit: refuse, ...options.commands } as CliContext['commands'],
    ports: {
      readFile: readBoundedFile,
      listFolder,
      env: options.env ?? {},
      now: options.now ?? (() => configurationTime),
    },
    output: {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      color: false,
    },
    openInterview: options.openInterview,
    version: '1.2.3',
    nodeVersion: 'v24.0.0',
  });
  return { code, stdout, stderr };
}
