import type { IncomingMessage } from 'node:http';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import { hasBody, hasComeWhole, mayComeWhole } from '../http/request-framing.ts';

/** How slowly a request's body may come, and what looks at it. */
export interface BodyWatch {
  /** Bytes in a second, over half a minute; asked at each look, since a reload may change it. */
  readonly leastRateBytes: () => number;
  readonly guard: ConnectionGuard;
  /** Looks each half minute until the answer is called. Default: a timer that holds no process. */
  readonly startLooking?: (look: () => void) => () => void;
}

const lookSeconds = 30;

function lookByTimer(look: () => void): () => void {
  const timer = setInterval(look, lookSeconds * 1_000);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Ends the connection of a client whose body hardly comes, whoever reads it: an app, a page of ours, or nobody any more
 * because it was refused. However long a body takes that does come is nobody's business, so there is no limit of time: Node's
 * own (`requestTimeout`) ends uploads that flow.
 */
export function watchBody(request: IncomingMessage, watch: BodyWatch): void {
  if (!hasBody(request.headers)) return;
  if (mayComeWhole(request)) process.nextTick(watch.guard.run, request.socket, 'transfer', () => begin(request, watch));
  else begin(request, watch);
}

function begin(request: IncomingMessage, watch: BodyWatch): void {
  if (request.complete || request.destroyed || hasComeWhole(request)) return;
  const { leastRateBytes, guard, startLooking = lookByTimer } = watch;
  const { socket } = request;
  let readBefore = socket.bytesRead;
  const stop = startLooking(
    guard.over(socket, 'transfer', () => {
      const came = socket.bytesRead - readBefore;
      readBefore = socket.bytesRead;
      // Only where somebody wants to read is it the client that is slow.
      if (!request.complete && request.readableFlowing === true && came < leastRateBytes() * lookSeconds)
        socket.destroy();
    }),
  );
  request.once('end', stop);
  request.once('close', stop);
}
