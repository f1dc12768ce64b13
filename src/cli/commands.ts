import type { Command } from 'commander';
import type { KnownHead } from '../audit/verify-audit.ts';
import type { ConfigurationSource } from '../compose/reload-from.ts';
import type { LoadPorts } from '../config/load-configuration.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Interview } from './ask-person.ts';

/** What `audit verify` prints. */
export interface AuditReport {
  readonly isIntact: boolean;
  /** The first one is the one to look at first; lines count from 1. */
  readonly breaks: readonly {
    readonly file: string;
    readonly line: number;
    readonly problem: string;
    readonly detail: string;
  }[];
  readonly files: number;
  readonly events: number;
  /** What is no break but worth knowing, in sentences. */
  readonly notes: readonly string[];
}

/** What somebody keeps of a trail elsewhere. */
export interface NotedTrail {
  /** Thumbprints of keys. */
  readonly keyIds: readonly string[];
  readonly heads: readonly KnownHead[];
}

/** What the command line asks the program to do; main.ts builds it, so that the command line knows no other part. */
export interface Commands {
  /** Serves until it is told to stop; answers the exit code. */
  run(configuration: Snapshot, source: ConfigurationSource): Promise<number>;
  /** Checks a folder of the audit trail. With a configuration, also against the keys and heads in its state; with keys and heads that somebody noted, against those. Rejects with the system's error when the folder cannot be read. */
  verifyAudit(folder: string, configuration: Snapshot | undefined, noted: NotedTrail): Promise<AuditReport>;
}

/** Where words go: the result on stdout, the talk on stderr. */
export interface Output {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** True when what is written to stdout may have colours. */
  readonly color: boolean;
  /** The same of stderr. */
  readonly stderrColor?: boolean;
  /** True when stdout is a terminal: only there is something drawn over. */
  readonly isTerminal?: boolean;
  /** True when stderr is a terminal: only there is progress shown. */
  readonly isInteractive?: boolean;
}

/** Everything that the command line is given. */
export interface CliContext {
  readonly commands: Commands;
  readonly ports: LoadPorts;
  readonly output: Output;
  /** Asks a question that is answered with y or n; absent where nobody sits at a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** Begins to ask several things; absent where nobody sits at a terminal. */
  readonly openInterview?: (() => Interview) | undefined;
  /** Waits; a signal that ends the program ends that too. Absent where nothing goes on by itself. */
  readonly pause?: ((ms: number) => Promise<'over' | 'stopped'>) | undefined;
  /** Of the package. */
  readonly version: string;
  /** Of Node. */
  readonly nodeVersion: string;
}

/** 0: ok. 1: the check found something. 2: wrong usage. 3: could not run. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Makes a command under another one, with the manners of this command line. */
export type MakeCommand = (parent: Command, name: string, summary: string) => Command;

/** Adds commands to the program. */
export type AddCommands = (
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
) => void;
