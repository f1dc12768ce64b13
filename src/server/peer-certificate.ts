import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';

/**
 * Reads the certificate that a connection showed. Reading costs tens of microseconds and a connection's certificate
 * cannot change (renegotiation is off), so it is read once per connection.
 */
export function createPeerCertificateReader(): (request: IncomingMessage) => PeerCertificate | undefined {
  const seen = new WeakMap<Socket, PeerCertificate | 'none'>();
  return (request) => {
    const { socket } = request;
    let certificate = seen.get(socket);
    if (certificate === undefined) {
      certificate = read(socket);
      seen.set(socket, certificate);
    }
    return certificate === 'none' ? undefined : certificate;
  };
}

function read(socket: Socket): PeerCertificate | 'none' {
  if (!(socket instanceof TLSSocket)) return 'none';
  const certificate = socket.getPeerCertificate();
  return Object.keys(certificate ?? {}).length === 0 ? 'none' : certificate;
}
