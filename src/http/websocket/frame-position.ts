/**
 * Where one direction of a WebSocket stands in its frames (RFC 6455 section 5.2). Only headers are read: payloads are
 * skipped unread, so compression and masks do not matter, and nothing is kept.
 */
export interface FramePosition {
  /** What the next byte is. `first` is the boundary between two frames. */
  next: 'first' | 'second' | 'length' | 'mask' | 'payload';
  /** Bytes of that part that are still to come. */
  left: number;
  /** Bytes of payload that the header has told of. */
  payloadBytes: number;
  isMasked: boolean;
  opcode: number;
  /** True once a close frame has passed whole: nothing may follow it. */
  hasClosed: boolean;
}

/** The position before the first frame. */
export function createFramePosition(): FramePosition {
  return { next: 'first', left: 0, payloadBytes: 0, isMasked: false, opcode: 0, hasClosed: false };
}

/** True between two frames: where a frame of somebody else may stand, also in the middle of a fragmented message. */
export function isAtBoundary(position: FramePosition): boolean {
  return position.next === 'first';
}

const closeOpcode = 8;
const maskBytes = 4;

/**
 * Moves on over bytes. With `untilBoundary` it stops at the first boundary that it comes to; it moves at least to the
 * end of the frame that it stands in. Answers how many bytes it passed. Nothing is refused: whatever a peer sends has
 * some length, and a lie about it only means that no boundary comes.
 */
export function passFrames(position: FramePosition, bytes: Uint8Array, untilBoundary = false): number {
  let at = 0;
  while (at < bytes.length) {
    if (position.next === 'payload' || position.next === 'mask') {
      const step = Math.min(position.left, bytes.length - at);
      position.left -= step;
      at += step;
      if (position.left === 0) endPart(position);
    } else {
      passHeaderByte(position, bytes[at] ?? 0);
      at += 1;
    }
    if (untilBoundary && position.next === 'first') break;
  }
  return at;
}

function passHeaderByte(position: FramePosition, byte: number): void {
  switch (position.next) {
    case 'first':
      position.opcode = byte & 0x0f;
      position.next = 'second';
      return;
    case 'second': {
      const short = byte & 0x7f;
      position.isMasked = (byte & 0x80) !== 0;
      position.next = 'length';
      position.left = short === 127 ? 8 : short === 126 ? 2 : 0;
      position.payloadBytes = position.left === 0 ? short : 0;
      break;
    }
    default:
      // Past 2^53 a number is not exact, and no such frame ever ends.
      position.payloadBytes = position.payloadBytes * 256 + byte;
      position.left -= 1;
  }
  if (position.left === 0) endPart(position);
}

/** Goes on to the next part that has any bytes. */
function endPart(position: FramePosition): void {
  if (position.next === 'length' && position.isMasked) {
    position.next = 'mask';
    position.left = maskBytes;
  } else if (position.next !== 'payload' && position.payloadBytes > 0) {
    position.next = 'payload';
    position.left = position.payloadBytes;
  } else {
    position.next = 'first';
    if (position.opcode === closeOpcode) position.hasClosed = true;
  }
}
