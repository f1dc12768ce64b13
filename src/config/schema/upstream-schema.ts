import * as z from 'zod';
import { byteSize, canonicalPath, duration, sentHost } from './text-values.ts';

/** `upstream` of a route: how its app is spoken to. */
export const upstreamSchema = z
  .strictObject({
    header_bytes: byteSize(1024, 1024 ** 2)
      .default(16_384)
      .describe(
        'How large the head of an answer may be, all headers together; 502 beyond. Raise it for an app that sends very long headers.',
      ),
    host_header: sentHost
      .default('client')
      .describe(
        'The Host header that the app gets. client: what people typed; upstream: the host of the upstream; or a host of your own. X-Forwarded-Host always says what people typed.',
      ),
    forwarded_headers: z
      .enum(['basic', 'all'])
      .default('basic')
      .describe(
        'What the app is told of the client. basic: X-Forwarded-For, -Proto and -Host; all: X-Forwarded-Port, X-Real-IP and Forwarded (RFC 7239) too.',
      ),
    rewrite_location: z
      .boolean()
      .default(false)
      .describe(
        'true: where an answer names the inner address of the app in Location, Content-Location or Refresh, the outer one stands there, and cookies for the inner host are for the outer one.',
      ),
    timeout: duration(1_000, 3_600_000)
      .optional()
      .describe('How long the app may take to begin its answer. Default: server.limits.request_timeout.'),
    body_bytes: byteSize(0, 1024 ** 4)
      .optional()
      .describe('How large the body of a request may be. Default: server.limits.body_bytes.'),
  })
  .prefault({})
  .describe('How the upstreams are spoken to.');

/** `rewrite` of a route: what becomes of the path on the way to the app. */
export const rewriteSchema = z
  .strictObject({
    strip_prefix: canonicalPath
      .optional()
      .describe(
        'What is taken away at the start of the path, such as /grafana; the app is told in X-Forwarded-Prefix.',
      ),
    prefix: canonicalPath.optional().describe('What is put before what is left, such as /app.'),
  })
  .optional()
  .describe(
    'How the path changes on the way to the app. Rules and logs speak of the path that people typed; what the app gets has to pass the denials of every route to the same upstream.',
  );

/** `health_check` of a route: how its upstreams are asked whether they are well. */
export const healthCheckSchema = z
  .strictObject({
    path: canonicalPath.describe('What is asked for, such as /healthz. 2xx and 3xx are well, everything else is not.'),
    interval: duration(1_000, 3_600_000).prefault('10s').describe('How often each process asks each upstream.'),
    timeout: duration(1_000, 60_000).prefault('2s').describe('How long an answer may take.'),
  })
  .optional()
  .describe(
    'Asks each upstream whether it is well. One that failed twice in a row gets no requests until it answers again, unless all of the route have. Default: an upstream that takes no connection is passed over for a while.',
  );
