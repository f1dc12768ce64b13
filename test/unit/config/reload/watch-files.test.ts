import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { locateWatched } from '../../../../src/config/reload/locate-watched.ts';
import { failureFingerprint, fingerprintOf } from '../../../../src/config/reload/recorded-load.ts';
import { type FileWatch, watchFiles } from '../../../../src/config/reload/watch-files.ts';
import { listFolder, readBoundedFile } from '../../../../src/config/source/read-bounded-file.ts';
import { fingerprintOfList, testFilesOf } from '../../../../src/config/tryout/load-test-files.ts';

let folder = '';
let watch: FileWatch | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-watch-'));
});
afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A reader of files, and when it has read one for the first time: the one look after a load. */
function readerThatTells() {
  const looked = Promise.withResolvers<void>();
  const readFile = (path: string, maxBytes: number) => readBoundedFile(path, maxBytes).finally(looked.resolve);
  return { readFile, looked: looked.promise };
}

/** Watches these files as they are now; `next` resolves with the next change. */
function watching(paths: readonly string[], pollMs = 60_000) {
  let tell = Promise.withResolvers<readonly string[]>();
  const heard: (readonly string[])[] = [];
  const { readFile, looked } = readerThatTells();
  watch = watchFiles({
    readFile,
    quietMs: 20,
    pollMs,
    onChange(changed) {
      heard.push(changed);
      tell.resolve(changed);
      tell = Promise.withResolvers();
    },
  });
  watch.expect(new Map(paths.map((path) => [path, fingerprintOf(readFileSync(path))])));
  return { next: () => tell.promise, heard, looked };
}

describe('watched files', () => {
  test('are heard of when they are written, and when another is renamed into their place', async () => {
    const file = join(folder, 'postern.yaml');
    writeFileSync(file, 'one');
    const { next } = watching([file]);
    const written = next();
    writeFileSync(file, 'two');
    expect(await written).toEqual([file]);
    const renamed = next();
    writeFileSync(`${file}.tmp`, 'three');
    renameSync(`${file}.tmp`, file);
    expect(await renamed).toEqual([file]);
  });

  test('are not heard of when their content is the same, or when a neighbour changes', async () => {
    const [file, other] = [join(folder, 'postern.yaml'), join(folder, 'other')];
    for (const one of [file, other]) writeFileSync(one, 'one');
    const { next, heard } = watching([file]);
    writeFileSync(join(folder, 'state.db-wal'), 'busy');
    writeFileSync(file, 'one');
    const changed = next();
    writeFileSync(file, 'two');
    await changed;
    expect(heard).toEqual([[file]]);
  });

  test('are heard of when a file of tests comes, and not when another file does', async () => {
    const file = join(folder, 'postern.yaml');
    writeFileSync(file, 'one');
    const changed = Promise.withResolvers<readonly string[]>();
    watch = watchFiles({
      readFile: readBoundedFile,
      listFolder,
      quietMs: 20,
      pollMs: 60_000,
      onChange: changed.resolve,
    });
    watch.expect(
      new Map([
        [file, fingerprintOf(Buffer.from('one'))],
        [testFilesOf(folder), fingerprintOfList([])],
      ]),
    );
    writeFileSync(join(folder, 'other.yaml'), 'tests: []');
    writeFileSync(join(folder, 'payroll.postern-test.yaml'), 'tests: []');
    expect(await changed.promise).toEqual([testFilesOf(folder)]);
  });

  test('are heard of when a link on their way is turned', async () => {
    for (const [name, text] of [
      ['..1', 'one'],
      ['..2', 'two'],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'postern.yaml'), text);
    }
    symlinkSync('..1', join(folder, '..data'));
    symlinkSync('..data/postern.yaml', join(folder, 'postern.yaml'));
    const file = join(folder, 'postern.yaml');
    expect((await locateWatched(file)).map(({ name }) => name)).toEqual(['postern.yaml', '..data', 'postern.yaml']);
    const { next } = watching([file]);
    const turned = next();
    symlinkSync('..2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await turned).toEqual([file]);
  });

  test('are found again by the poll where nothing is heard: their folder was replaced', async () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const file = join(inner, 'postern.yaml');
    writeFileSync(file, 'one');
    const { next, looked } = watching([file], 50);
    const changed = next();
    await looked;
    renameSync(inner, join(folder, 'gone'));
    mkdirSync(inner);
    writeFileSync(file, 'two');
    expect(await changed).toEqual([file]);
  });

  test('are found by the poll alone where no watch could begin: their folder was not there', async () => {
    const inner = join(folder, 'later');
    const file = join(inner, 'postern.yaml');
    const changed = Promise.withResolvers<readonly string[]>();
    const { readFile, looked } = readerThatTells();
    watch = watchFiles({
      readFile,
      quietMs: 20,
      pollMs: 50,
      onChange: changed.resolve,
    });
    watch.expect(new Map([[file, failureFingerprint({ code: 'ENOENT' })]]));
    await looked;
    mkdirSync(inner);
    writeFileSync(file, 'one');
    expect(await changed.promise).toEqual([file]);
  });
});
