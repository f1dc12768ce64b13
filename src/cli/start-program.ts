import { randomBytes } from 'node:crypto';
import { readAuditHeads } from '../audit/audit-head.ts';
import { loadAuditSigner } from '../audit/audit-key.ts';
import { type VerifyOptions, verifyAudit } from '../audit/verify-audit.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { readBoundedFile } from '../config/source/read-bounded-file.ts';
import { packageVersion } from '../package-version.ts';
import { createSqliteStore } from '../state/sqlite-store.ts';
import type { Commands } from './commands.ts';
import { runProgram } from './program.ts';
import { serve } from './serve.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** Runs the command line in this process: its arguments, environment, streams and clock. */
export async function startProgram(args: readonly string[]): Promise<number> {
  const version = await packageVersion();
  const stderr = (text: string) => void process.stderr.write(text);
  const commands: Commands = {
    run: (configuration) =>
      serve(configuration, {
        version,
        stderr,
        onSignal: (listener) => {
          for (const signal of signals) process.on(signal, () => listener(signal));
        },
        exit: (code) => process.exit(code),
      }),
    verifyAudit: async (folder, configuration) =>
      verifyAudit(folder, configuration === undefined ? {} : await trustedByState(configuration)),
  };
  return runProgram(args, {
    commands,
    ports: { readFile: readBoundedFile, env: process.env, now: Date.now },
    output: {
      stdout: (text) => void process.stdout.write(text),
      stderr,
      color: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    },
    version,
    nodeVersion: process.version,
  });
}

/** The keys and heads that the state keeps: with them, a cut or rewritten trail shows. */
async function trustedByState(configuration: Snapshot): Promise<VerifyOptions> {
  const { path, key } = configuration.state;
  const store = await createSqliteStore({ path, key, now: Date.now, randomBytes });
  try {
    const { publicKey } = await loadAuditSigner(store);
    return { publicKeys: [publicKey], heads: await readAuditHeads(store) };
  } finally {
    await store.close();
  }
}
