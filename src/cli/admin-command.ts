import { type Command, InvalidArgumentError, Option } from 'commander';
import { isRecord } from '../config/is-record.ts';
import { parseDuration } from '../config/values/duration.ts';
import { type AdminClient, type AdminClientOptions, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { Shape } from './answer-shape.ts';
import type { AddCommands, CliContext, ExitCode } from './commands.ts';
import { keptIn, noteOnKept } from './kept-in.ts';

const watchEveryMs = 2_000;

const otherVersion = 'The server answered in a form that this postern does not know. Use the version that it runs.';

/** What every command can be told that asks the running server. */
export interface AdminOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
  readonly watch?: true;
}

/**
 * A command that asks the running server. How the server is found, how it is spoken to and what its failures are called is
 * the same for all of them and stands in this file; a command says what is its own.
 */
export interface AdminCommand<Options extends AdminOptions = AdminOptions> {
  /** The last word of the command. */
  readonly name: string;
  readonly summary: string;
  /** As commander writes them, each with its meaning: `['<id>', 'ses_…']`. */
  readonly arguments?: readonly (readonly [syntax: string, meaning: string])[];
  /** Its own; `--config`, `--admin` and `--format` are there. */
  readonly options?: readonly Option[];
  /** What somebody must know before it is called: a sentence in the help. */
  readonly note?: string;
  /** True where what is shown changes by itself: there is `--watch`. */
  readonly isWatched?: boolean;
  readonly exitCodes: string;
  readonly example?: string;
  /** Most commands are one question: `askOnce` makes this. */
  act(asked: Asked<Options>): Promise<ExitCode>;
}

/** What somebody typed, and the server that is to answer. */
export interface Asked<Options extends AdminOptions = AdminOptions> {
  /** The first argument; empty where it was left out. */
  readonly argument: string;
  /** What a last argument that takes several was given. */
  readonly more: readonly string[];
  readonly options: Options;
  readonly server: AskedServer;
  readonly context: CliContext;
}

/** A call of the admin API, and what its answer must have. */
export interface Question<Answer> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From `/api/v1/` on; whoever builds it encodes its parts. */
  readonly path: string;
  readonly body?: unknown;
  readonly answer: Shape<Answer>;
  /** What a 404 means here; else the server's own sentence. */
  readonly notFound?: string;
  /** True where an answer may come with another status than 200. */
  readonly isAnyStatus?: boolean;
}

/** `why` is a sentence. `file`: the configuration does not say whom to ask; `server`: nobody answers; `answer`: it is a no. */
export type Reply<Answer> =
  | { readonly outcome: 'answered'; readonly answer: Answer }
  | { readonly outcome: 'failed'; readonly at: 'file' | 'server' | 'answer'; readonly why: string };

/** The running server. Reads the configuration at the first question, never throws, and shows no token. */
export interface AskedServer {
  ask<Answer>(question: Question<Answer>): Promise<Reply<Answer>>;
}

export function createAskedServer(options: AdminClientOptions, context: Pick<CliContext, 'ports'>): AskedServer {
  let opening: Promise<AdminClient | string> | undefined;
  return {
    async ask({ method = 'GET', path, body, answer, notFound, isAnyStatus = false }) {
      opening ??= openAdminClient(options, context);
      const client = await opening;
      if (typeof client === 'string') return { outcome: 'failed', at: 'file', why: client };
      const reply = await client.call(method, path, body);
      if (reply.outcome === 'failed') return { outcome: 'failed', at: 'server', why: reply.why };
      const { status, body: said } = reply;
      if ((status === 200 || isAnyStatus) && answer(said)) return { outcome: 'answered', answer: said };
      if (status === 200) return { outcome: 'failed', at: 'answer', why: otherVersion };
      const why = status === 404 && notFound !== undefined ? notFound : describeAdminFailure(client, reply);
      return { outcome: 'failed', at: 'answer', why };
    },
  };
}

/** What a command of one question is beside its words. */
interface SingleQuestion<Options extends AdminOptions, Answer> {
  readonly answer: Shape<Answer>;
  /** A sentence where what was typed makes no question. */
  question(asked: Asked<Options>): Omit<Question<Answer>, 'answer'> | string;
  /** Puts a list in order that the server sends as it finds it. */
  arrange?(answer: Answer): Answer;
  /** What `--format text` prints. */
  print(answer: Answer, asked: Asked<Options>): void;
  /** Of a question that was answered; 0 where this is left out. */
  exitCode?(answer: Answer): ExitCode;
}

/** Asks, and prints the answer as JSON or as the command wants it. 2: no question; 3: no answer; why is on stderr. */
export function askOnce<Options extends AdminOptions, Answer>({
  answer: shape,
  question,
  arrange = (said) => said,
  print,
  exitCode,
}: SingleQuestion<Options, Answer>): (asked: Asked<Options>) => Promise<ExitCode> {
  return async (asked) => {
    const { server, options, context } = asked;
    const { stderr } = context.output;
    const wanted = question(asked);
    if (typeof wanted === 'string') {
      stderr(`${wanted}\n`);
      return 2;
    }
    const reply = await server.ask({ ...wanted, answer: shape });
    if (reply.outcome === 'failed') {
      stderr(`${reply.why}\n`);
      return 3;
    }
    const answer = arrange(reply.answer);
    if (options.format === 'json') printJson(answer, context);
    else print(answer, asked);
    const where = isRecord(answer) ? answer['kept_in'] : undefined;
    if (keptIn(where)) stderr(noteOnKept(where));
    return exitCode?.(answer) ?? 0;
  };
}

export function printJson(value: unknown, { output }: Pick<CliContext, 'output'>): void {
  output.stdout(`${JSON.stringify(value, null, 2)}\n`);
}

/** Where the server is; commands that ask it only for a part of what they do have these too. */
export function withServerOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
    .option('--admin <url>', 'where its admin listener is, if not where the file says');
}

/** Adds commands below the program, or, where a group is named, below that. */
export function adminCommands(
  commands: readonly AdminCommand[],
  group?: { readonly name: string; readonly summary: string },
): AddCommands {
  return (command, program, context, exit) => {
    const parent = group === undefined ? program : command(program, group.name, group.summary);
    for (const one of commands) {
      const made = withServerOptions(command(parent, one.name, one.summary)).addOption(
        new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'),
      );
      for (const [syntax, meaning] of one.arguments ?? []) made.argument(syntax, meaning);
      for (const option of one.options ?? []) made.addOption(option);
      if (one.isWatched === true)
        made.option('-w, --watch', `show it again every ${watchEveryMs / 1000} s, until Ctrl+C`);
      const note = one.note === undefined ? '' : `${one.note}\n`;
      const example = one.example === undefined ? '' : `\nExample:\n  ${one.example}`;
      made.addHelpText('after', `\n${note}Exit codes: ${one.exitCodes}${example}`).action(async () => {
        const options = made.opts<AdminOptions>();
        const [argument = '', ...more] = made.processedArgs.flat();
        const act = (context: CliContext) =>
          one.act({ argument, more, options, server: createAskedServer(options, context), context });
        exit(await (options.watch === true ? watch(act, context) : act(context)));
      });
    }
  };
}

/** Acts again and again: drawn over on a terminal, one after the other elsewhere. Answers what the last one did. */
async function watch(act: (context: CliContext) => Promise<ExitCode>, context: CliContext): Promise<ExitCode> {
  const { output, pause } = context;
  for (;;) {
    let drawn = '';
    const add = (text: string) => {
      drawn += text;
    };
    const code = await act({ ...context, output: { ...output, stdout: add, stderr: add } });
    // All of it at once, so that nothing flickers.
    output.stdout(output.isTerminal === true ? `\u001b[H\u001b[2J${drawn}` : drawn);
    if (pause === undefined || (await pause(watchEveryMs)) === 'stopped') return code;
  }
}

/** An option that must be given. */
export function requiredOption(syntax: string, meaning: string, read?: (text: string) => unknown): Option {
  const option = new Option(syntax, meaning).makeOptionMandatory();
  return read === undefined ? option : option.argParser(read);
}

/** How long something lasts, in milliseconds. */
export function readDuration(shortestMs: number, longestMs: number): (text: string) => number {
  return (text) => {
    const parsed = parseDuration(text, shortestMs, longestMs);
    if (parsed.ok) return parsed.value;
    throw new InvalidArgumentError(`"${text}" ${parsed.says}${parsed.help === undefined ? '' : `: ${parsed.help}`}`);
  };
}
