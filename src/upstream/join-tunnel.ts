import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionGuard, silentGuard } from '../http/connection-guard.ts';
import { type CloseCode, closeFrame } from '../http/websocket/close-frame.ts';
import { createFramePosition, isAtBoundary, passFrames } from '../http/websocket/frame-position.ts';
import type { Tunnel } from './forward.ts';
import { type Fence, FencedSource, noFence } from './through-fence.ts';

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
 * One class with what may happen to a tunnel, and not a function of its own for each: most of those that stand are idle, and
 * then that is what they cost.
 */
class JoinedTunnel implements Tunnel {
  readonly #client: Duplex;
  readonly #upstream: Socket;
  readonly #times: TunnelTimes;
  readonly #guard: ConnectionGuard;
  readonly #fromApp: FencedSource;
  readonly #fromClient: FencedSource;
  readonly #down = createFramePosition();
  readonly #up = createFramePosition();
  #state: 'open' | 'held' | 'finishing_frame' | 'closed' = 'open';
  #frame: Buffer | undefined;
  #canTellApp = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(client: Duplex, upstream: Socket, times: TunnelTimes, guard: ConnectionGuard, fence: Fence) {
    this.#client = client;
    this.#upstream = upstream;
    this.#times = times;
    this.#guard = guard;
    this.#fromApp = new FencedSource(upstream, fence, (chunk) => this.#passDown(chunk));
    this.#fromClient = new FencedSource(client, fence, (chunk) => this.#passUp(chunk));
    upstream.on('data', (chunk: Buffer) => guard.run(client, 'tunnel', () => this.#fromApp.take(chunk)));
    upstream.on('drain', () => this.#fromClient.resume());
    upstream.on('end', () => guard.run(client, 'tunnel', () => this.#upstreamEnded()));
    client.on('data', (chunk: Buffer) => guard.run(client, 'tunnel', () => this.#fromClient.take(chunk)));
    client.on('drain', () => this.#fromApp.resume());
    client.on('end', () => guard.run(client, 'tunnel', () => this.#clientEnded()));
    client.on('close', () => {
      clearTimeout(this.#deadline);
      upstream.destroy();
    });
    upstream.resume();
    client.resume();
  }

  /** Costs nothing, since it may be called for thousands at once. */
  hold(): void {
    if (this.#state !== 'open') return;
    this.#state = 'held';
    // Inside a frame that the app will never have whole, nothing can be said to it.
    this.#canTellApp = isAtBoundary(this.#up) && !this.#up.hasClosed;
  }

  close(code: CloseCode, reason: string): void {
    this.hold();
    if (this.#state !== 'held') return;
    this.#frame = closeFrame(code, reason);
    // It may wait for an app that reads slowly, and its answer to our frame is wanted.
    this.#fromClient.resume();
    if (isAtBoundary(this.#down)) this.#sendClose();
    else {
      this.#state = 'finishing_frame';
      this.#tellApp();
      this.#cutAfter(this.#times.frameMs);
    }
  }

  #passDown(chunk: Buffer): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'open') {
      passFrames(this.#down, chunk);
      return this.#client.write(chunk);
    }
    // No frame begins any more; the one that has begun is finished, so that ours can follow it.
    if (isAtBoundary(this.#down)) return true;
    const mayGoOn = this.#client.write(chunk.subarray(0, passFrames(this.#down, chunk, true)));
    if (!isAtBoundary(this.#down)) return mayGoOn;
    if (this.#state === 'finishing_frame') this.#sendClose();
    return true;
  }

  #passUp(chunk: Buffer): boolean {
    passFrames(this.#up, chunk);
    if (this.#state === 'open') return this.#upstream.write(chunk);
    // Nothing of a client that was cut reaches the app. Its own close frame ends the wait for it.
    if (this.#state === 'closed' && this.#up.hasClosed && !this.#client.writableEnded) this.#client.end();
    return true;
  }

  #clientEnded(): void {
    if (!this.#upstream.writableEnded) this.#upstream.end();
    if (this.#state === 'closed') this.#client.end();
    else if (this.#state === 'open') this.#cutAfter(this.#times.halfOpenMs);
  }

  #upstreamEnded(): void {
    if (this.#state === 'finishing_frame') this.#cut();
    else if (this.#state !== 'closed') {
      this.#client.end();
      this.#cutAfter(this.#times.halfOpenMs);
    }
  }

  #sendClose(): void {
    this.#state = 'closed';
    if (this.#frame !== undefined && !this.#down.hasClosed && this.#client.writable) this.#client.write(this.#frame);
    this.#tellApp();
    if (!this.#upstream.writableEnded) this.#upstream.end();
    // What the app still sends is dropped, so that it can end.
    this.#upstream.resume();
    if (this.#up.hasClosed) this.#client.end();
    this.#cutAfter(this.#times.closeMs);
  }

  /** Once: tells the app that its client is gone. */
  #tellApp(): void {
    if (this.#canTellApp && this.#upstream.writable) this.#upstream.write(closeFrame(1001, '', randomBytes(4)));
    this.#canTellApp = false;
  }

  /** One deadline at a time: whoever sets a later step drops the earlier. */
  #cutAfter(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#guard.run(this.#client, 'tunnel', () => this.#cut()), ms);
    this.#deadline.unref();
  }

  #cut(): void {
    this.#client.destroy();
    this.#upstream.destroy();
  }
}

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
  return new JoinedTunnel(client, upstream, times, guard, fence);
}
