import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openReserveFile, type ReserveFile } from '../../../src/state/reserve-file.ts';

let folder: string;
let path: string;
const opened: ReserveFile[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-reserve-'));
  path = join(folder, 'state.db-reserve');
});
afterEach(() => {
  for (const file of opened.splice(0)) file.close();
  rmSync(folder, { recursive: true });
});

function open(): ReserveFile {
  const file = openReserveFile(path, randomBytes);
  opened.push(file);
  return file;
}

const textOf = (file: ReserveFile) => {
  const head = file.readNew(true);
  return head === 'same' || head.kind !== 'bytes' ? head : head.bytes.toString();
};

describe('the head of the reserve', () => {
  test('holds what was written in it, for every process and after a restart, in place', () => {
    const one = open();
    one.restore();
    const other = open();
    expect(other.readNew(false)).toEqual({ kind: 'empty' });
    const { size } = statSync(path);
    for (const text of ['first', 'second, which is longer', 'third']) {
      expect(one.write(Buffer.from(text))).toBe(true);
      expect(textOf(other)).toBe(text);
      expect(textOf(other)).toBe('same');
    }
    expect(textOf(open())).toBe('third');
    expect(statSync(path).size).toBe(size);
  });

  test('keeps what it had until the new text is whole', () => {
    const file = open();
    file.restore();
    file.write(Buffer.from('before'));
    // What a crash leaves in the other place, before the head says that it counts.
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.from('half of the n'), 0, 13, 4096);
    expect(textOf(open())).toBe('before');
  });

  test('takes no more than there is room for, and says so', () => {
    const file = open();
    file.restore();
    file.write(Buffer.from('small'));
    expect(file.write(Buffer.alloc(256 * 1024 + 1))).toBe(false);
    expect(textOf(open())).toBe('small');
  });

  test('that was cut off is no empty one', () => {
    const file = open();
    file.restore();
    truncateSync(path, 0);
    expect(open().readNew(true)).toMatchObject({ kind: 'mark' });
  });

  test('follows a file that somebody put in its place', () => {
    const file = open();
    file.restore();
    renameSync(path, `${path}.old`);
    expect(file.write(Buffer.from('lost'))).toBe(false);
    const other = open();
    other.restore();
    other.write(Buffer.from('new'));
    expect(textOf(file)).toBe('new');
    expect(readFileSync(`${path}.old`).includes('lost')).toBe(false);
  });
});

describe('the room of the reserve', () => {
  test('is given back once, while the head stays, and made again', () => {
    const file = open();
    file.restore();
    const { size } = statSync(path);
    file.write(Buffer.from('kept'));
    expect(file.free()).toBe(true);
    expect(statSync(path).size).toBeLessThan(size - 1024 * 1024 + 1);
    expect(file.free()).toBe(false);
    expect(textOf(open())).toBe('kept');
    file.restore();
    expect(statSync(path).size).toBe(size);
    expect(textOf(open())).toBe('kept');
  });

  test('that is not there is no room; a mark says that something was not written', () => {
    const file = open();
    expect(file.free()).toBe(false);
    expect(file.write(Buffer.from('x'))).toBe(false);
    expect(file.mark()).toBe(true);
    expect(open().readNew(true)).toMatchObject({ kind: 'mark' });
    file.restore();
    expect(open().readNew(true)).toEqual({ kind: 'empty' });
  });
});
