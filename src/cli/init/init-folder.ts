import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { loadConfiguration } from '../../config/load-configuration.ts';
import { renderProblems } from '../../config/render-problems.ts';
import { isReadFailure, readFailure } from '../../config/source/read-bounded-file.ts';
import type { CliContext, ExitCode } from '../commands.ts';
import { readStandardInput } from '../standard-input.ts';
import { validateFiles } from '../validate-command.ts';
import { gatherAnswers, type InitFlags } from './gather-answers.ts';
import { places } from './places.ts';
import { planFiles } from './plan-files.ts';
import { tellWhatIsNext, tellWhatWasWritten } from './tell-what-is-next.ts';
import { findExisting, type Plan, writeTogether } from './write-together.ts';

export interface InitOptions extends InitFlags {
  /** `-` is standard input. */
  readonly clientSecretFile?: string;
  readonly yes?: true;
  readonly checks: boolean;
}

const mostSecretBytes = 64 * 1024;

/** Makes a first configuration in a folder. 1: what was said makes none that loads; 2: a flag is wrong or missing; 3: it could not be written. */
export async function initFolder(named: string, options: InitOptions, context: CliContext): Promise<ExitCode> {
  const { output, ports } = context;
  const folder = resolve(named);
  const configuration = join(named, places.configuration);
  const stop = (why: string, code: ExitCode): ExitCode => {
    output.stderr(`${why}Nothing was written.\n`);
    return code;
  };
  const refuseIfThere = async (paths: readonly string[]): Promise<ExitCode | undefined> => {
    const [existing] = await findExisting(folder, paths);
    if (existing === undefined) return undefined;
    const way = 'It is not written over: name another folder, or move it away.';
    return stop(`${join(named, existing)} is there already. ${way} `, 3);
  };

  // Before anything is asked: nobody answers in vain.
  const early = await refuseIfThere([places.configuration]);
  if (early !== undefined) return early;
  const clientSecret = await readSecret(options.clientSecretFile, context);
  if (clientSecret.outcome === 'unreadable') return stop(clientSecret.why, 3);
  const interview = options.yes === true ? undefined : context.openInterview?.();
  const gathered = await gatherAnswers(options, clientSecret.text, interview, output.stderr);
  interview?.end();
  if (gathered.outcome === 'left') return stop('', 3);
  if (gathered.outcome === 'wrong') return stop(`${gathered.problems.join('\n')}\n`, 2);

  const { answers } = gathered;
  const plan = planFiles(answers, ports.now(), randomBytes);
  const late = await refuseIfThere(plan.files.map(({ path }) => path));
  if (late !== undefined) return late;
  const planned = new Map(plan.files.map(({ path, text }) => [join(folder, path), text]));
  const foreseen = await loadConfiguration(configuration, {
    env: ports.env,
    now: ports.now,
    readFile: async (path, maxBytes) =>
      Buffer.from(planned.get(resolve(path)) ?? (await ports.readFile(path, maxBytes))),
  });
  if (foreseen.outcome === 'refused') return stop(`${renderProblems(foreseen.problems)}\n`, 1);
  const failure = await write(folder, named, plan);
  if (failure !== undefined) return stop(failure, 3);

  tellWhatWasWritten(named, answers, context);
  const code = await validateFiles([configuration], { format: 'text', isOnline: false, isDraft: false }, context);
  await tellWhatIsNext(configuration, answers, options.checks ? foreseen.snapshot : undefined, context);
  return code;
}

/** Why it could not be written, as a sentence; `undefined`: it was. Who interrupts it has nothing of it. */
async function write(folder: string, named: string, plan: Plan): Promise<string | undefined> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    await writeTogether(folder, plan, interrupted.signal);
    return undefined;
  } catch (thrown) {
    if (interrupted.signal.aborted) return '\n';
    if (!isReadFailure(thrown)) throw thrown;
    return `${named} cannot be written to: ${readFailure(thrown)}. `;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupt);
  }
}

type SecretRead =
  | { readonly outcome: 'read'; readonly text: string | undefined }
  | { readonly outcome: 'unreadable'; readonly why: string };

async function readSecret(file: string | undefined, { ports }: CliContext): Promise<SecretRead> {
  if (file === undefined) return { outcome: 'read', text: undefined };
  try {
    const bytes =
      file === '-' ? await readStandardInput(mostSecretBytes) : await ports.readFile(resolve(file), mostSecretBytes);
    return { outcome: 'read', text: bytes.toString('utf8') };
  } catch (thrown) {
    return { outcome: 'unreadable', why: `--client-secret-file: ${file} cannot be read: ${readFailure(thrown)}. ` };
  }
}
