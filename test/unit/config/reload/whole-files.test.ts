import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fingerprintOf } from '../../../../src/config/reload/recorded-load.ts';
import { createWholeFiles } from '../../../../src/config/reload/whole-files.ts';
import { listFolder, readBoundedFile } from '../../../../src/config/source/read-bounded-file.ts';

let folder = '';
let file = '';
let nowMs = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-whole-'));
  file = join(folder, 'postern.yaml');
  nowMs = 1_000;
  writeFileSync(file, 'one\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (path = file) => new Map([[path, fingerprintOf(readFileSync(path))]]);
const past = () => new Date(0);

async function settled(ownPath = file) {
  const whole = createWholeFiles({
    ownPath,
    quietMs: 5_000,
    monotonicMs: () => nowMs,
    readFile: readBoundedFile,
    listFolder,
  });
  await whole.settle(read(), true);
  return whole;
}

describe('a file', () => {
  test('that is written in place is whole once nothing of it has changed for a while', async () => {
    const whole = await settled();
    writeFileSync(file, 'two');
    expect(await whole.waitMs(read())).toBe(5_000);
    nowMs += 4_000;
    expect(await whole.waitMs(read())).toBe(1_000);
    appendFileSync(file, 'three');
    expect(await whole.waitMs(read())).toBe(5_000);
    nowMs += 5_000;
    expect(await whole.waitMs(read())).toBe(0);
  });

  test('that was made anew in its place is not whole for that', async () => {
    const whole = await settled();
    rmSync(file);
    writeFileSync(join(folder, 'takes-the-inode'), '');
    writeFileSync(file, 'two');
    expect(await whole.waitMs(read())).toBe(5_000);
  });

  test('that was renamed into its place is whole', async () => {
    const whole = await settled();
    writeFileSync(`${file}.new`, 'two');
    // Within one tick of the system's clock a rename looks like a write.
    utimesSync(`${file}.new`, past(), past());
    renameSync(`${file}.new`, file);
    expect(await whole.waitMs(read())).toBe(0);
  });

  test('to which a link was turned is whole', async () => {
    for (const name of ['..1', '..2']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'linked.yaml'), name);
    }
    symlinkSync('..1', join(folder, '..data'));
    file = join(folder, '..data', 'linked.yaml');
    const whole = await settled();
    symlinkSync('..2', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    expect(await whole.waitMs(read())).toBe(0);
  });

  test('that changes while it is looked at is not whole', async () => {
    const whole = await settled();
    writeFileSync(file, 'two\n...\n');
    const before = read();
    writeFileSync(file, 'two and more\n...\n');
    expect(await whole.waitMs(before)).toBe(5_000);
  });

  test.each(['two\n...\n', 'two\n...', 'two\r\n...\r\n', 'two\n...  # end\n\n'])(
    'that ends with the marker is whole: %j',
    async (text) => {
      const whole = await settled();
      writeFileSync(file, text);
      expect(await whole.waitMs(read())).toBe(0);
    },
  );

  test.each(['two\n ...\n', 'a: "...\n', 'two\n....\n', 'two\n...\nthree'])(
    'without the marker is not: %j',
    async (text) => {
      const whole = await settled();
      writeFileSync(file, text);
      expect(await whole.waitMs(read())).toBe(5_000);
    },
  );

  test('whose end marker is missing is not whole however long nothing happens, until somebody says so', async () => {
    writeFileSync(file, 'one\n...\n');
    const whole = await settled();
    writeFileSync(file, 'two\n');
    expect(await whole.waitMs(read())).toBe(Number.POSITIVE_INFINITY);
    // It ran all the same, since it only closed.
    await whole.settle(read(), false);
    writeFileSync(file, 'three\n');
    nowMs += 60_000;
    expect(await whole.waitMs(read())).toBe(Number.POSITIVE_INFINITY);
    await whole.settle(read(), true);
    writeFileSync(file, 'four\n');
    expect(await whole.waitMs(read())).toBe(5_000);
  });

  test('that is a secret needs no marker, and has none', async () => {
    const whole = await settled();
    const secret = join(folder, 'token');
    writeFileSync(secret, 'a\n...\n');
    expect(await whole.waitMs(read(secret))).toBe(5_000);
  });
});
