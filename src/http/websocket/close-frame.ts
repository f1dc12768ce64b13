import type { ReasonCode } from '../../decision/reason.ts';
import { reasonCatalogue } from '../../decision/reason.ts';

/**
 * Close codes that Postern sends (IANA's WebSocket registry). 3000: sign in again or prove more.
 * 3003: no. 1001: to an app, whose client we have cut. 1012: connect again. 1013: try again later. 1014: the app does not answer.
 */
export type CloseCode = 1001 | 3000 | 3003 | 1012 | 1013 | 1014;

/** Those that a client can get: the metric's closed set. */
export const clientCloseCodes = [3000, 3003, 1012, 1013, 1014] as const satisfies readonly CloseCode[];

/** A close frame whose payload is longer is no frame (RFC 6455 section 5.5): 125 bytes with the code. */
const mostReasonBytes = 123;

/** Which code tells a client the same as this reason's HTTP status. */
export function closeCodeOf(reason: ReasonCode): (typeof clientCloseCodes)[number] {
  if (reason === 'shutting_down') return 1012;
  switch (reasonCatalogue[reason].status) {
    case 401:
      return 3000;
    case 429:
    case 503:
      return 1013;
    case 502:
    case 504:
      return 1014;
    default:
      return 3003;
  }
}

/** What page script reads as `event.reason`: `{"code":"session_expired","id":"dec_…"}`, at most 123 bytes of UTF-8. */
export function closeReason(code: ReasonCode, id: string): string {
  const both = JSON.stringify({ code, id });
  return Buffer.byteLength(both) <= mostReasonBytes ? both : JSON.stringify({ code });
}

/**
 * A whole close frame.
 * @param mask the four bytes of a frame from a client to a server, which must be masked (RFC 6455 section 5.3)
 */
export function closeFrame(code: CloseCode, reason: string, mask?: Uint8Array): Buffer {
  const text = Buffer.from(reason);
  if (text.length > mostReasonBytes) throw new RangeError(`A close reason has at most ${mostReasonBytes} bytes.`);
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  text.copy(payload, 2);
  if (mask === undefined) return Buffer.concat([Buffer.of(0x88, payload.length), payload]);
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0);
  return Buffer.concat([Buffer.of(0x88, 0x80 | payload.length), mask.subarray(0, 4), payload]);
}
