import { randomBytes } from 'node:crypto';
import type { VerifyOptions } from '../audit/verify-audit.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { packageVersion } from '../package-version.ts';
import type { Commands } from './commands.ts';
import type { DevelopmentOptions } from './serve.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** What the command line's commands do in this process. @param development for the demo: no flag and no file leads to it. */
export function processCommands(development?: DevelopmentOptions): Commands {
  return {
    // Only what serves loads the server: the other commands start in a fraction of the time.
    run: async (configuration, source) => {
      const { serve } = await import('./serve.ts');
      return serve(configuration, source, {
        version: await packageVersion(),
        development,
        stderr: (text) => void process.stderr.write(text),
        onSignal: (listener) => {
          for (const signal of signals) process.on(signal, () => listener(signal));
        },
        onHangup: (listener) => void process.on('SIGHUP', listener),
        onReplace: (listener) => void process.on('SIGUSR2', listener),
        exit: (code) => process.exit(code),
      });
    },
    verifyAudit: async (folder, configuration, { keyIds, heads }) => {
      const { verifyAudit } = await import('../audit/verify-audit.ts');
      const known = configuration === undefined ? {} : await trustedByState(configuration);
      const noted = keyIds.map((kid) => ({ kid }));
      return verifyAudit(folder, {
        ...known,
        ...(noted.length === 0 ? {} : { publicKeys: [...(known.publicKeys ?? []), ...noted] }),
        ...(heads.length === 0 ? {} : { givenHeads: heads }),
      });
    },
  };
}

/** The keys and heads that the state keeps: with them, a cut or rewritten trail shows. */
async function trustedByState(configuration: Snapshot): Promise<VerifyOptions> {
  const { createSqliteStore } = await import('../state/sqlite-store.ts');
  const { loadAuditSigner } = await import('../audit/audit-key.ts');
  const { readAuditHeads } = await import('../audit/audit-head.ts');
  const { path, key } = configuration.state;
  const store = await createSqliteStore({ path, key, now: Date.now, randomBytes });
  try {
    const { publicKey, introductions, keysSinceMs } = await loadAuditSigner(store, Date.now());
    const former = introductions.map(({ by_key_id: kid }) => ({ kid }));
    return { publicKeys: [publicKey, ...former], introductions, keysSinceMs, heads: await readAuditHeads(store) };
  } finally {
    await store.close();
  }
}
