import { describe, expect, test } from '@jest/globals';
import { findInherited, readInheritedSockets } from '../../../src/server/inherited-sockets.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const files: Readonly<Record<string, string>> = {
  '/proc/self/net/tcp': `${head}   0: 0100007F:24E3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 701 1 0\n   1: 0100007F:01BB 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 702 1 0\n`,
  '/proc/self/net/tcp6': `${head}   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 703 1 0\n`,
};

function read(links: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return readInheritedSockets({
    env: { LISTEN_PID: '40', LISTEN_FDS: String(links.length), ...env },
    pid: 40,
    readLink: (path) => links[Number(path.split('/').at(-1)) - 3] ?? 'none',
    readFile: (path) => files[path] ?? '',
  });
}

describe('sockets that the service manager passed', () => {
  test('are known by the address that they listen on', () => {
    expect(read(['socket:[703]', 'socket:[701]'])).toEqual([
      { fd: 3, host: '::', port: 443 },
      { fd: 4, host: '127.0.0.1', port: 9443 },
    ]);
  });

  test('are none of those that were meant for another process', () => {
    expect(read(['socket:[703]'], { LISTEN_PID: '39' })).toEqual([]);
    expect(read([])).toEqual([]);
  });

  test.each(['socket:[702]', 'socket:[9]', '/dev/null'])('end the start when one is %s', (link) => {
    expect(() => read([link], { LISTEN_FDNAMES: 'https' })).toThrow(
      /^Socket 3 \("https"\) .* is not a listening TCP socket/,
    );
  });

  test('for everybody are not taken where this machine alone is meant', () => {
    const sockets = read(['socket:[703]', 'socket:[701]']);
    const fdFor = (host: string, port: number) => findInherited(sockets, { host, port })?.fd;
    expect([fdFor('0.0.0.0', 443), fdFor('::', 443), fdFor('127.0.0.1', 443), fdFor('::1', 443)]).toEqual([
      3,
      3,
      undefined,
      undefined,
    ]);
    expect([fdFor('127.0.0.1', 9443), fdFor('localhost', 9443), fdFor('0.0.0.0', 9443), fdFor('::', 80)]).toEqual([
      4,
      4,
      undefined,
      undefined,
    ]);
  });
});
