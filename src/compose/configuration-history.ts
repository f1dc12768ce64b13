import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { ConfigurationHistory } from '../config/reload/reload.ts';
import { maxConfigurationBytes } from '../config/source/decode-text.ts';
import { Fault } from '../decision/fault.ts';
import type { StateStore } from '../state/state-store.ts';

const kept = 20;
const indexKey = 'index';
const attempts = 5;
const compress = promisify(gzip);
const expand = promisify(gunzip);

const indexSchema = z.array(
  z.object({
    hash: z.string(),
    atMs: z.number(),
    trigger: z.enum(['start', 'signal', 'file_change', 'admin']),
    author: z.string().optional(),
  }),
);
type Index = z.infer<typeof indexSchema>;

/**
 * Keeps the last 20 configurations in the state, as they stood in the file: secrets are references there, so none of
 * them is kept. A configuration that runs again is the newest, not a second one.
 */
export function createConfigurationHistory(store: Pick<StateStore, 'read' | 'write' | 'remove'>): ConfigurationHistory {
  async function readIndex(): Promise<{ readonly entries: Index; readonly version: number }> {
    const stored = await store.read('configuration', indexKey);
    if (stored.found !== 'record') return { entries: [], version: 0 };
    return { entries: indexSchema.parse(JSON.parse(stored.record.value)), version: stored.record.version };
  }

  return {
    async add({ hash, text, atMs, trigger, author }) {
      const packed = (await compress(text)).toString('base64');
      await store.write({
        kind: 'configuration',
        key: `text:${hash}`,
        value: packed,
        expectedVersion: 'any',
        isLogged: false,
      });
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const { entries, version } = await readIndex();
        // A restart with the same file is no change.
        if (trigger === 'start' && entries[0]?.hash === hash) return;
        const next = [{ hash, atMs, trigger, author }, ...entries.filter((entry) => entry.hash !== hash)];
        const value = JSON.stringify(next.slice(0, kept));
        const written = await store.write({ kind: 'configuration', key: indexKey, value, expectedVersion: version });
        if (written.outcome !== 'written') continue;
        for (const gone of next.slice(kept)) await store.remove('configuration', `text:${gone.hash}`);
        return;
      }
      throw new Fault('state_conflict', 'The configuration could not be kept, because others kept writing.');
    },
    async list() {
      return (await readIndex()).entries.map((entry) => ({ ...entry, author: entry.author }));
    },
    async textOf(hash) {
      const stored = await store.read('configuration', `text:${hash}`);
      if (stored.found !== 'record') return undefined;
      const bytes = await expand(Buffer.from(stored.record.value, 'base64'), {
        maxOutputLength: maxConfigurationBytes,
      });
      return bytes.toString('utf8');
    },
  };
}
