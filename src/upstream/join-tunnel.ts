import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionGuard, silentGuard } from '../http/connection-guard.ts';
import { type CloseCode, closeFrame } from '../http/websocket/close-frame.ts';
import { createFramePosition, isAtBoundary, passFrames } from '../http/websocket/frame-position.ts';
import type { Tunnel } from './forward.ts';
import { type Fence, noFence, throughFence } from './through-fence.ts';

/** How long each step of a tunnel's end may take, in ms. */
export interface TunnelTimes {
  /** For the app to finish the frame that it is in the middle of; then the client is cut without a word. */
  readonly frameMs: number;
  /** For the client to answer our close frame, and for what was written to arrive. */
  readonly closeMs: number;
  /** For one side to end after the other has. */
  readonly halfOpenMs: number;
}

export const defaultTunnelTimes: TunnelTimes = { frameMs: 1_000, closeMs: 2_000, halfOpenMs: 10_000 };

/**
 * Carries bytes between the two sockets of a WebSocket, at the speed of the slower one, and knows where frames end, so
 * that a close frame of ours stands between two frames of the app (RFC 6455 section 5.4) and not inside one.
 */
export function joinTunnel(
  client: Duplex,
  upstream: Socket,
  times: TunnelTimes = defaultTunnelTimes,
  guard: ConnectionGuard = silentGuard,
  fence: Fence = noFence,
): Tunnel {
  const guarded = <Values extends readonly unknown[]>(callback: (...values: Values) => unknown) =>
    guard.over(client, 'tunnel', callback);
  const down = createFramePosition();
  const up = createFramePosition();
  let state: 'open' | 'held' | 'finishing_frame' | 'closed' = 'open';
  let frame: Buffer | undefined;
  let canTellApp = false;
  let deadline: NodeJS.Timeout | undefined;

  /** One deadline at a time: whoever sets a later step drops the earlier. */
  function within(ms: number, act: () => void): void {
    clearTimeout(deadline);
    deadline = setTimeout(guarded(act), ms);
    deadline.unref();
  }

  function cut(): void {
    client.destroy();
    upstream.destroy();
  }

  /** Once: tells the app that its client is gone. */
  function tellApp(): void {
    if (canTellApp && upstream.writable) upstream.write(closeFrame(1001, '', randomBytes(4)));
    canTellApp = false;
  }

  function sendClose(): void {
    state = 'closed';
    if (frame !== undefined && !down.hasClosed && client.writable) client.write(frame);
    tellApp();
    if (!upstream.writableEnded) upstream.end();
    // What the app still sends is dropped, so that it can end.
    upstream.resume();
    if (up.hasClosed) client.end();
    within(times.closeMs, cut);
  }

  const fromApp = throughFence(upstream, fence, guarded, (chunk) => {
    if (state === 'closed') return true;
    if (state === 'open') {
      passFrames(down, chunk);
      return client.write(chunk);
    }
    // No frame begins any more; the one that has begun is finished, so that ours can follow it.
    if (isAtBoundary(down)) return true;
    const mayGoOn = client.write(chunk.subarray(0, passFrames(down, chunk, true)));
    if (!isAtBoundary(down)) return mayGoOn;
    if (state === 'finishing_frame') sendClose();
    return true;
  });
  const fromClient = throughFence(client, fence, guarded, (chunk) => {
    passFrames(up, chunk);
    if (state === 'open') return upstream.write(chunk);
    // Nothing of a client that was cut reaches the app. Its own close frame ends the wait for it.
    if (state === 'closed' && up.hasClosed && !client.writableEnded) client.end();
    return true;
  });

  function clientEnded(): void {
    if (!upstream.writableEnded) upstream.end();
    if (state === 'closed') client.end();
    else if (state === 'open') within(times.halfOpenMs, cut);
  }

  function upstreamEnded(): void {
    if (state === 'finishing_frame') cut();
    else if (state !== 'closed') {
      client.end();
      within(times.halfOpenMs, cut);
    }
  }

  upstream.on('drain', fromClient.resume);
  upstream.on('end', guarded(upstreamEnded));
  client.on('drain', fromApp.resume);
  client.on('end', guarded(clientEnded));
  client.once('close', () => {
    clearTimeout(deadline);
    upstream.destroy();
  });
  upstream.resume();
  client.resume();

  /** Costs nothing, since it may be called for thousands at once. */
  function hold(): void {
    if (state !== 'open') return;
    state = 'held';
    // Inside a frame that the app will never have whole, nothing can be said to it.
    canTellApp = isAtBoundary(up) && !up.hasClosed;
  }

  return {
    hold,
    close(code: CloseCode, reason: string) {
      hold();
      if (state !== 'held') return;
      frame = closeFrame(code, reason);
      // It may wait for an app that reads slowly, and its answer to our frame is wanted.
      fromClient.resume();
      if (isAtBoundary(down)) return sendClose();
      state = 'finishing_frame';
      tellApp();
      within(times.frameMs, cut);
    },
  };
}
