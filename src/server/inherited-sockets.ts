import { readFileSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { ListenAddress } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';

/** A listening socket that the service manager has opened and keeps: what waits at it outlives this program. */
export interface InheritedSocket extends ListenAddress {
  readonly fd: number;
}

export interface InheritPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly readLink: (path: string) => string;
  readonly readFile: (path: string) => string;
}

/** The first file descriptor that systemd passes (sd_listen_fds(3)). */
const firstFd = 3;
const listening = '0A';

/**
 * The sockets that systemd passed to this process (sd_listen_fds(3): `LISTEN_PID`, `LISTEN_FDS`). Their addresses are read
 * from Linux's own tables, since Node tells an address only of a server that accepts already. Throws
 * `Fault('config_invalid')` for one that is not a listening TCP socket.
 */
export function readInheritedSockets(ports: InheritPorts = systemPorts()): readonly InheritedSocket[] {
  const { env, pid } = ports;
  const count = Number(env['LISTEN_FDS'] ?? 0);
  // Whoever started this process may itself have been given some: they are not ours.
  if (env['LISTEN_PID'] !== String(pid) || !Number.isSafeInteger(count) || count <= 0) return [];
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':');
  const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].map((file) => readTable(file, ports));
  return Array.from({ length: count }, (_, index) => {
    const fd = firstFd + index;
    const inode = /^socket:\[(\d+)\]$/.exec(ports.readLink(`/proc/self/fd/${fd}`))?.[1];
    const address = tables.map((table) => table.get(inode ?? '')).find((one) => one !== undefined);
    if (address !== undefined) return { fd, ...address };
    const name = names[index];
    throw new Fault(
      'config_invalid',
      `Socket ${fd}${name === undefined || name === '' ? '' : ` ("${name}")`} that the service manager passed is not a listening TCP socket. Use ListenStream=ADDRESS:PORT and Accept=no in the .socket unit.`,
    );
  });
}

function systemPorts(): InheritPorts {
  return {
    env: process.env,
    pid: process.pid,
    readLink: (path) => readlinkSync(path),
    readFile: (path) => readFileSync(path, 'utf8'),
  };
}

/** Listening sockets by inode (proc_pid_net(5)). */
function readTable(file: string, { readFile }: InheritPorts): ReadonlyMap<string, ListenAddress> {
  const sockets = new Map<string, ListenAddress>();
  for (const line of readFile(file).split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [host = '', port = ''] = local.split(':');
    if (state === listening && inode !== undefined)
      sockets.set(inode, { host: readHost(host), port: Number.parseInt(port, 16) });
  }
  return sockets;
}

/** Words of 32 bits in the byte order of this machine, which Node runs on in little-endian alone. */
function readHost(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  return ipaddr.fromByteArray(bytes).toString();
}

const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * The passed socket for an address of the configuration: the same port at the same address. One for every address (`::` is
 * one for IPv4 too) serves for `0.0.0.0` and `[::]` alone: what is meant for this machine is not opened to others.
 */
export function findInherited(
  sockets: readonly InheritedSocket[],
  address: ListenAddress,
): InheritedSocket | undefined {
  const wanted = hostOf(address.host);
  return sockets.find(
    ({ host, port }) =>
      port === address.port && (host === wanted || (everywhere.has(host) && everywhere.has(wanted) && host === '::')),
  );
}

function hostOf(host: string): string {
  const bare = host === 'localhost' ? '127.0.0.1' : host;
  return isIP(bare) === 6 ? ipaddr.parse(bare).toString() : bare;
}
