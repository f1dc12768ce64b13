import type { CliContext } from '../../src/cli/commands.ts';
import { runProgram } from '../../src/cli/program.ts';
import { listFolder, readBoundedFile } from '../../src/config/source/read-bounded-file.ts';
import { configurationTime } from './config-files.ts';

/** What is different from a command line without a terminal, secrets and a program. */
export interface CommandLineOptions extends Partial<Pick<CliContext, 'confirm' | 'openInterview' | 'pause'>> {
  readonly env?: CliContext['ports']['env'];
  /** Replaces what needs a running program. */
  readonly commands?: Partial<CliContext['commands']>;
  readonly now?: () => number;
  readonly color?: boolean;
  readonly isTerminal?: boolean;
}

/** What a command has written so far. */
export interface Written {
  stdout: string;
  stderr: string;
}

/** What commands of a test are given: real files, and a terminal that writes down. */
export function commandContext(options: CommandLineOptions = {}): { context: CliContext; written: Written } {
  const { env = {}, commands, now = () => configurationTime, color = false, isTerminal = false, ...asking } = options;
  const written: Written = { stdout: '', stderr: '' };
  const refuse = async () => Promise.reject(new Error('This test runs no program.'));
  const context: CliContext = {
    ...asking,
    commands: { run: refuse, verifyAudit: refuse, ...commands },
    ports: { readFile: readBoundedFile, listFolder, env, now },
    output: {
      stdout: (text) => {
        written.stdout += text;
      },
      stderr: (text) => {
        written.stderr += text;
      },
      color,
      isTerminal,
    },
    version: '1.2.3',
    nodeVersion: 'v24.0.0',
  };
  return { context, written };
}

/** Runs the command line in this process. */
export async function runCommandLine(
  args: readonly string[],
  options?: CommandLineOptions,
): Promise<Readonly<Written> & { readonly code: number }> {
  const { context, written } = commandContext(options);
  const code = await runProgram(args, context);
  return { code, ...written };
}
