import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** RFC 6455 section 1.3. */
const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** 16 bytes in base64. */
const keyPattern = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const firstToken = /^[\t ]*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,256})[\t ]*(?:,|$)/;

/**
 * The headers of a 101 with which Postern itself takes a WebSocket, only to close it with a code that page script can
 * read; `undefined` when the handshake is not one of version 13. The first subprotocol that was offered is taken:
 * without one of them a browser would drop the connection and show no code.
 * @returns a flat list: name, value, name, value …
 */
export function acceptHandshake(headers: IncomingHttpHeaders): readonly string[] | undefined {
  const key = headers['sec-websocket-key']?.trim();
  if (key === undefined || !keyPattern.test(key) || headers['sec-websocket-version']?.trim() !== '13') return undefined;
  const accept = createHash('sha1')
    .update(key + handshakeGuid)
    .digest('base64');
  const protocol = firstToken.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
  return [
    'Upgrade',
    'websocket',
    'Connection',
    'Upgrade',
    'Sec-WebSocket-Accept',
    accept,
    ...(protocol === undefined ? [] : ['Sec-WebSocket-Protocol', protocol]),
  ];
}
