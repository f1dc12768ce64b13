import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AuditHead, readAuditHeads } from '../../src/audit/audit-head.ts';
import type { AuditPublicKey } from '../../src/audit/audit-key.ts';
import { encodeLine } from '../../src/audit/audit-line.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { makeAllow, makeSignIn } from '../support/record-events.ts';
import { createTrailBench } from '../support/record-trail.ts';

describe('somebody who can write to the audit folder', () => {
  let directory = '';
  let names: readonly string[] = [];
  let firstRun: readonly string[] = [];
  let key: AuditPublicKey;
  let heads: readonly AuditHead[] = [];

  beforeAll(async () => {
    const bench = await createTrailBench();
    for (let run = 0; run < 2; run += 1) {
      const trail = await bench.open({}, { rotateBytes: 5_000 });
      for (let index = 0; index < 9; index += 1) {
        await trail.recordDurably(index % 3 === 0 ? makeSignIn(bench.clock.nowMs) : makeAllow(bench.clock.nowMs));
        bench.clock.nowMs += 7;
      }
      await trail.close();
      key = trail.publicKey;
      if (run === 0) firstRun = await bench.files();
      // Names tell runs apart by their time: no file of this run, however late it was begun, has one of the next.
      bench.clock.nowMs += 1_000;
    }
    directory = bench.directory;
    names = await bench.files();
    heads = await readAuditHeads(bench.state);
  });

  /** Works on a copy. Answers what the verification finds with the key, and with the key and the state. */
  async function tamper(change: (path: (name: string) => string) => Promise<unknown>) {
    const copy = await mkdtemp(join(tmpdir(), 'postern-tampered-'));
    await cp(directory, copy, { recursive: true });
    await change((name) => join(copy, name));
    const offline = await verifyAudit(copy, { publicKeys: [key] });
    const withState = await verifyAudit(copy, { publicKeys: [key], heads });
    return { offline, withState };
  }

  const nameAt = (index: number) => names.at(index) ?? '';
  const linesOf = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(0, -1);

  test('(when they change nothing, all is well)', async () => {
    const { offline, withState } = await tamper(async () => undefined);
    expect(offline.breaks).toEqual([]);
    expect(withState.breaks).toEqual([]);
    expect(names.length).toBeGreaterThan(4);
    expect(withState.chains).toHaveLength(2);
  });

  test('cannot change any one byte, of any file, to any other', async () => {
    const originals = await Promise.all(names.map((name) => readFile(join(directory, name))));
    const copy = await mkdtemp(join(tmpdir(), 'postern-tampered-'));
    await cp(directory, copy, { recursive: true });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (file, at, difference) => {
        const index = file % names.length;
        const bytes = Buffer.from(originals[index] ?? []);
        const offset = at % bytes.length;
        bytes[offset] = ((bytes[offset] ?? 0) + difference) % 256;
        await writeFile(join(copy, nameAt(index)), bytes);
        const report = await verifyAudit(copy, { publicKeys: [key] });
        await writeFile(join(copy, nameAt(index)), originals[index] ?? '');
        expect(report.isIntact).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('cannot insert or remove a byte either', async () => {
    const originals = await Promise.all(names.map((name) => readFile(join(directory, name))));
    const copy = await mkdtemp(join(tmpdir(), 'postern-tampered-'));
    await cp(directory, copy, { recursive: true });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.option(fc.nat(255)), async (file, at, inserted) => {
        const index = file % names.length;
        const bytes = originals[index] ?? Buffer.alloc(0);
        const offset = at % bytes.length;
        const middle = inserted === null ? [] : [inserted];
        const rest = bytes.subarray(inserted === null ? offset + 1 : offset);
        await writeFile(
          join(copy, nameAt(index)),
          Buffer.concat([bytes.subarray(0, offset), Buffer.from(middle), rest]),
        );
        const report = await verifyAudit(copy, { publicKeys: [key], heads });
        await writeFile(join(copy, nameAt(index)), bytes);
        expect(report.isIntact).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('cannot edit an event: the report names its file and line', async () => {
    const { offline } = await tamper(async (path) => {
      const lines = await linesOf(path(nameAt(1)));
      lines[1] = (lines[1] ?? '').replace('"ada', '"eve');
      await writeFile(path(nameAt(1)), `${lines.join('\n')}\n`);
    });
    expect(offline.breaks[0]).toMatchObject({ file: nameAt(1), line: 2, problem: 'hash_mismatch' });
  });

  test('cannot edit an event and mend its hash', async () => {
    const { offline } = await tamper(async (path) => {
      const lines = await linesOf(path(nameAt(1)));
      const rest = (lines[1] ?? '').slice(75).replace('"ada', '"eve');
      lines[1] = `{"hash":"${hash('sha256', rest)}",${rest}`;
      await writeFile(path(nameAt(1)), `${lines.join('\n')}\n`);
    });
    expect(offline.breaks[0]).toMatchObject({ file: nameAt(1), line: 3, problem: 'order_broken' });
  });

  /** Rewrites a file's lines from one on, with hashes that fit, and signs checkpoints with a key of the attacker's. */
  async function rechain(path: string, from: number, change: (body: string) => string, ownKey: boolean) {
    const lines = await linesOf(path);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const x = publicKey.export({ format: 'jwk' }).x ?? '';
    for (let index = from; index < lines.length; index += 1) {
      const before = JSON.parse(lines[index - 1] ?? '{}');
      const line = JSON.parse(lines[index] ?? '{}');
      const kind = ['event', 'checkpoint', 'succession', 'retention', 'opening'].find(
        (name) => name in line,
      ) as 'event';
      let body = line[kind] as Record<string, unknown>;
      if ('checkpoint' in line && ownKey) {
        const said = { ...line.checkpoint, hash: before.hash };
        const text = `postern-audit-checkpoint-1\n${said.chain}\n${said.sequence}\n${said.hash}\n${said.at_ms}\n${said.is_closing}`;
        const keyId = hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, 'base64url');
        const signature = sign(null, Buffer.from(text), privateKey).toString('base64url');
        body = { ...said, key_id: keyId, public_key: x, signature };
      }
      const made = encodeLine(before.hash, line.sequence, line.recorded_at_ms, kind, change(JSON.stringify(body)));
      lines[index] = made.text.trimEnd();
    }
    await writeFile(path, `${lines.join('\n')}\n`);
  }

  test('cannot rewrite a file with hashes that fit: the signature does not', async () => {
    const { offline } = await tamper((path) =>
      rechain(path(nameAt(0)), 2, (body) => body.replace('"ada', '"eve'), false),
    );
    expect(offline.breaks[0]).toMatchObject({ file: nameAt(0), problem: 'signature_invalid' });
  });

  test('cannot sign with a key of their own', async () => {
    const { offline, withState } = await tamper((path) =>
      rechain(path(nameAt(0)), 2, (body) => body.replace('"ada', '"eve'), true),
    );
    expect(offline.breaks[0]).toMatchObject({ file: nameAt(0), problem: 'key_unknown' });
    expect(withState.isIntact).toBe(false);
  });

  test('cannot take out, add or swap a line', async () => {
    const changes: ((lines: string[]) => unknown)[] = [
      (lines) => lines.splice(2, 1),
      (lines) => lines.splice(2, 0, lines[1] ?? ''),
      (lines) => lines.splice(1, 2, lines[2] ?? '', lines[1] ?? ''),
    ];
    for (const change of changes) {
      const { offline } = await tamper(async (path) => {
        const lines = await linesOf(path(nameAt(0)));
        change(lines);
        await writeFile(path(nameAt(0)), `${lines.join('\n')}\n`);
      });
      expect(offline.breaks[0]).toMatchObject({ file: nameAt(0), problem: 'order_broken' });
    }
  });

  test('cannot remove a file: the first, one between, or the last of an earlier run', async () => {
    const lastOfFirstRun = heads[0]?.file ?? '';
    for (const name of [nameAt(0), nameAt(1), lastOfFirstRun]) {
      const { offline } = await tamper((path) => unlink(path(name)));
      expect(['file_missing', 'truncated']).toContain(offline.breaks[0]?.problem);
    }
  });

  test('cannot remove a whole earlier run', async () => {
    const { offline } = await tamper((path) => Promise.all(firstRun.map((name) => unlink(path(name)))));
    expect(offline.breaks[0]?.problem).toBe('file_missing');
  });

  test('cannot swap two files, or give one another name', async () => {
    const swapped = await tamper(async (path) => {
      await rename(path(nameAt(0)), path('aside'));
      await rename(path(nameAt(1)), path(nameAt(0)));
      await rename(path('aside'), path(nameAt(1)));
    });
    expect(swapped.offline.isIntact).toBe(false);
    const renamed = await tamper((path) => rename(path(nameAt(0)), path(nameAt(0).replace(/-\d+\./, '-99.'))));
    expect(renamed.offline.breaks[0]?.problem).toBe('file_renamed');
  });

  test('cannot cut off the end of the newest file: the state knows better', async () => {
    const { offline, withState } = await tamper(async (path) => {
      const lines = await linesOf(path(nameAt(-1)));
      await writeFile(path(nameAt(-1)), `${lines.slice(0, 2).join('\n')}\n`);
    });
    expect(offline.notes.join(' ')).toContain('The state was not asked');
    expect(withState.breaks[0]).toMatchObject({ problem: 'truncated' });
  });

  test('cannot remove the newest run: the state knows it', async () => {
    const newestRun = names.filter((name) => !firstRun.includes(name));
    expect(newestRun.length).toBeGreaterThan(1);
    const { withState } = await tamper((path) => Promise.all(newestRun.map((name) => unlink(path(name)))));
    expect(withState.breaks.map(({ problem }) => problem)).toEqual(['file_missing']);
  });

  test('cannot cut an earlier run in the middle of a line', async () => {
    const file = heads[0]?.file ?? '';
    const { offline } = await tamper(async (path) => truncate(path(file), (await readFile(path(file))).length - 20));
    expect(offline.isIntact).toBe(false);
  });

  test('cannot go on writing where a run has signed its end', async () => {
    const file = heads[0]?.file ?? '';
    const { offline } = await tamper(async (path) => {
      const last = JSON.parse((await linesOf(path(file))).at(-1) ?? '{}');
      const body = JSON.stringify({ type: 'decision', decision_id: 'dec_forged' });
      const line = encodeLine(last.hash, last.sequence + 1, last.recorded_at_ms, 'event', body);
      await writeFile(path(file), line.text, { flag: 'a' });
    });
    expect(offline.breaks[0]).toMatchObject({ file, problem: 'written_after_end' });
  });
});
