import { lookup as systemLookup } from 'node:dns';
import { type LookupFunction, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { carriedAddress, readAddress } from '../config/values/special-network.ts';
import { refuseAddress, type SegmentNetworks } from '../config/values/upstream-address.ts';
import { Fault } from '../decision/fault.ts';

/** What the guard needs of the machine that it runs on. */
export interface DialGuardPorts {
  /** The ports of Postern's own listeners: TLS, plain, redirect, admin. Asked at each connection, since they are bound late. */
  readonly ownPorts: () => ReadonlySet<number>;
  /** The addresses of this machine's interfaces. */
  readonly localAddresses: () => readonly string[];
  /** Looks names up, with `all: true`. */
  readonly lookup: typeof systemLookup;
}

/** Where connections of one pool go. */
export interface Dialled {
  /** For messages. */
  readonly origin: string;
  readonly port: number;
  readonly segment: SegmentNetworks | undefined;
}

/** Looks at every address before it is dialled, whatever name led to it: DNS answers are not to be trusted (rebinding). */
export interface DialGuard {
  /** Answers the addresses of a name that may be dialled, and an error when none may. */
  readonly lookup: LookupFunction;
  /** Why this address may not be dialled; `undefined` when it may. */
  refuse(address: string): Fault | undefined;
}

/** Builds the guard of one pool. */
export function createDialGuard(dialled: Dialled, ports: Partial<DialGuardPorts>): DialGuard {
  const {
    ownPorts = noPorts,
    localAddresses = addressesOfInterfaces,
    // Read late, so that the system's resolver can be replaced.
    lookup = systemLookup,
  } = ports;

  function refuse(address: string): Fault | undefined {
    const refusal = refuseAddress(address, dialled.segment);
    if (refusal !== undefined) return refused(address, refusal.says);
    if (ownPorts().has(dialled.port) && isOfThisMachine(address, localAddresses)) {
      return refused(address, `with port ${dialled.port} is a listener of Postern itself`);
    }
    return undefined;
  }

  function refused(address: string, says: string): Fault {
    const place = dialled.segment === undefined ? '' : `; the route is in the segment "${dialled.segment.name}"`;
    return new Fault('upstream_unreachable', `${dialled.origin} was not dialled: ${address} ${says}${place}.`);
  }

  return {
    refuse,
    lookup(hostname, options, callback) {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, []);
        let fault: Fault | undefined;
        const open = found.filter(({ address }) => {
          const refusal = refuse(address);
          fault ??= refusal;
          return refusal === undefined;
        });
        const [first] = open;
        if (first === undefined) {
          return callback(fault ?? new Fault('upstream_unreachable', `${hostname} has no address.`), []);
        }
        if (options.all === true) callback(null, open);
        else callback(null, first.address, first.family);
      });
    },
  };
}

type Connected = (...outcome: [error: null, socket: Socket] | [error: Error, socket: null]) => void;

/**
 * Looks once more at the address of the other end as it is connected, before a byte is sent (over TLS too), whichever
 * way the socket was opened. A socket that cannot be looked at is not used.
 * @param callback listens for the errors of the socket that it is given
 * @param connect opens the socket with the callback that it is given, and answers it at once.
 */
export function guardSocket(guard: DialGuard, callback: Connected, connect: (guarded: Connected) => unknown): void {
  let fault: Fault | undefined = unguarded;
  let givingUp: ((error: Error) => void) | undefined;
  const socket = connect((error, connected) => {
    if (error !== null) return callback(error, null);
    if (fault === undefined) {
      callback(null, connected);
      if (givingUp !== undefined) connected.off('error', givingUp);
      return;
    }
    connected.destroy();
    callback(fault, null);
  });
  if (!(socket instanceof Socket)) return;
  // What undici ends connecting with: its timer and its options, which would stay for as long as the connection.
  givingUp = socket.listeners('error').at(-1) as typeof givingUp;
  // First of all listeners: the next one begins the TLS handshake.
  socket.prependOnceListener('connect', () => {
    const address = socket.remoteAddress;
    fault = address === undefined ? closedEarly : guard.refuse(address);
    if (fault !== undefined) socket.destroy(fault);
  });
}

const unguarded = new Fault('internal', 'A connection to an upstream was opened past the dial guard.');
const closedEarly = new Fault('upstream_unreachable', 'The upstream closed the connection as soon as it was open.');

function noPorts(): ReadonlySet<number> {
  return new Set();
}

function addressesOfInterfaces(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
}

/** Loopback, or an address of an interface; also the one that a translated address leads to. */
function isOfThisMachine(text: string, localAddresses: () => readonly string[]): boolean {
  const address = readAddress(text);
  if (address === undefined) return false;
  const forms = [address, carriedAddress(address)].filter((form) => form !== undefined);
  if (forms.some((form) => form.range() === 'loopback')) return true;
  const local = new Set(localAddresses().map((one) => readAddress(one)?.toString()));
  return forms.some((form) => local.has(form.toString()));
}
