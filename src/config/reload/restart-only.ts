import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from '../snapshot.ts';

/** What is opened once, at the start: by the key that names it in the configuration. */
const fixed: readonly (readonly [key: string, read: (snapshot: Snapshot) => unknown])[] = [
  ['server.listeners', ({ server }) => server.listeners],
  ['server.redirect_http', ({ server }) => server.redirectHttp],
  ['server.workers', ({ server }) => server.workers ?? 'auto'],
  ['server.tls', ({ server }) => server.tls !== undefined],
  // Whether a handshake asks for a certificate is settled when the listener opens; which authorities are believed is not.
  ['server.tls.client_ca', ({ server }) => server.tls?.clientCa !== undefined],
  ['server.limits.header_bytes', ({ server }) => server.limits.headerBytes],
  // Of a pool that is open already; the others may change.
  ['server.limits.upstream_connections', ({ server }) => server.limits.upstreamConnections],
  ['admin.listen', ({ admin }) => admin?.listen],
  ['state.store', ({ state }) => state.store],
  ['state.path', ({ state }) => state.path],
  ['audit.path', ({ audit }) => audit.path],
  ['audit.on_failure', ({ audit }) => audit.onFailure],
  ['audit.retain', ({ audit }) => audit.retainMs],
  ['audit.rotate', ({ audit }) => audit.rotateBytes],
  ['audit.facts', ({ audit }) => audit.facts],
];

/** The keys that differ and cannot change while the program runs; empty when everything can be taken up as it is. */
export function findRestartOnly(candidate: Snapshot, running: Snapshot): readonly string[] {
  return fixed.filter(([, read]) => !isDeepStrictEqual(read(candidate), read(running))).map(([key]) => key);
}
