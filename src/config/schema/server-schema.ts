import * as z from 'zod';
import {
  byteSize,
  credentialHash,
  duration,
  filePath,
  hostName,
  listenAddress,
  network,
  secret,
} from './text-values.ts';

/** A secret, or two of them while it changes: the new one, and the one that is still in use. */
const oneOrTwo = (one: ReturnType<typeof secret>) => z.union([one, z.array(one).min(1).max(2)]);

const filePaths = (example: string) => z.union([filePath(example), z.array(filePath(example)).min(1)]);

const limits = z.strictObject({
  header_bytes: byteSize(1024, 1024 ** 2)
    .prefault('16KiB')
    .describe('How large the head of a request may be.'),
  body_bytes: byteSize(1, 1024 ** 4)
    .prefault('100MiB')
    .describe('How large the body of a request may be. Danger: what is larger is refused with 413, uploads included.'),
  request_timeout: duration(1_000, 3_600_000)
    .prefault('60s')
    .describe('How long an upstream may take to begin its answer. An answer that streams is not cut.'),
  header_timeout: duration(1_000, 600_000)
    .prefault('10s')
    .describe('How long a client may take to send the head of a request.'),
  connections: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'How many connections each process (worker) has at once; one more is closed as it comes. Default: what its limit of open files allows. Danger: more than that leaves nothing to record and revoke with.',
    ),
  body_rate: byteSize(1, 1024 ** 3)
    .prefault('256B')
    .describe(
      'How much of a body must come in each second, over ten seconds. A slower one ends its connection: it would hold one to the app as well.',
    ),
  connections_per_address: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe(
      'How many connections one address may have open to each process; an IPv6 network of 64 bits is one address, and trusted_proxies have no limit. Danger: an office behind one address is one address.',
    ),
  upstream_connections: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1_024)
    .describe('How many connections each process opens to one upstream, WebSockets not counted.'),
  upstream_queue: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1_024)
    .describe('How many requests may wait for one of them. More are refused with 503 upstream_busy.'),
  requests_per_client: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(256)
    .describe(
      'How many requests of one client may be at apps at once, in each worker: of a session, of a service, and of an address (an IPv6 /64) for those who have not signed in. More are refused with 429 rate_limited. Event streams and WebSockets count until they are open.',
    ),
});

const tls = z.strictObject({
  certificate: filePaths('certs/server.crt').describe(
    'PEM file of the certificate and its chain, or a list of them; the first that covers the name that the client asks for is used, else the first.',
  ),
  key: filePaths('certs/server.key').describe(
    'PEM file of the private key, or a list in the order of the certificates.',
  ),
  allow_unfit: z
    .boolean()
    .default(false)
    .describe(
      'Lets a reload put certificates that are not valid now, or that lack the name of a host, in the place of ones that fit. Danger: browsers refuse them.',
    ),
  client_ca: filePath('certs/device-ca.crt')
    .optional()
    .describe(
      'PEM file of the authorities that device certificates may come from. Certificates are asked for, never required. Without it no device is known.',
    ),
  device_name_authorities: z
    .array(credentialHash)
    .min(1)
    .optional()
    .describe(
      'SHA-256 of the public keys of the authorities in client_ca (postern service spki FILE) whose devices are known by their name alone, and so as one fleet. A device of any other authority is NAME@KEY. Default: the first authority in client_ca. Danger: whoever can issue there can take the name, and what is known, of any device of the fleet.',
    ),
  crl_file: filePath('certs/device-ca.crl')
    .optional()
    .describe(
      'Revocation list (PEM or DER) of device certificates. Danger: without it a revoked device certificate counts until it ends.',
    ),
});

export const serverSchema = z.strictObject({
  listeners: z
    .array(
      z.strictObject({
        address: listenAddress.describe('Where to listen, with TLS 1.2 or newer.'),
        public_port: z
          .number()
          .int()
          .min(1)
          .max(65_535)
          .optional()
          .describe(
            'The port that people type, where a load balancer or a port mapping stands in front. Default: the bound port.',
          ),
      }),
    )
    .min(1)
    .optional()
    .describe('Addresses where people reach the apps. Needed, except in the package, where the Express app listens.'),
  redirect_http: listenAddress
    .optional()
    .describe('A plain HTTP address that answers every request with a 308 to https, and nothing else. Default: none.'),
  auth_host: hostName.describe('Host of sign-in, step-up, portal and device page. No route may use it.'),
  tls: tls.optional().describe('Certificates of the listeners. Needed, except in the package.'),
  trusted_proxies: z
    .array(network)
    .default([])
    .describe(
      'Networks whose X-Forwarded-For is believed. Default: nobody. Danger: whoever is in them can claim any address.',
    ),
  workers: z
    .union([z.enum(['auto']), z.number().int().min(1).max(256)])
    .default('auto')
    .describe(
      'How many processes serve: auto is one for each core. 1: one process does everything. The package ignores it: its application decides.',
    ),
  limits: limits.prefault({}).describe('How large and how slow a request may be.'),
});

export const adminSchema = z.strictObject({
  listen: listenAddress
    .prefault('127.0.0.1:9443')
    .describe(
      'Address of metrics, health and the admin API. Danger: keep it on a loopback address; it is never the public listener.',
    ),
  token: oneOrTwo(secret(32, `\${file:/run/secrets/admin_token}`)).describe(
    'The bearer token of the admin API: a reference to a secret of 32 bytes or more. A list of two, the new one first, while it changes: either is taken.',
  ),
});

export const stateSchema = z.strictObject({
  store: z.enum(['sqlite']).default('sqlite').describe('The engine that keeps sessions.'),
  path: filePath('data/postern.db')
    .prefault('data/postern.db')
    .describe('The database file. Danger: a network file system cannot lock it; keep it on a local disk.'),
  key: oneOrTwo(secret(32, `\${file:/run/secrets/state_key}`)).describe(
    'Wraps the key that encrypts records: a reference to a secret of 32 bytes or more. A list of two, the new one first, while it changes. Danger: when it is lost, everyone must sign in again.',
  ),
});

export const sessionSchema = z.strictObject({
  expiration: duration(60_000, 365 * 86_400_000)
    .prefault('12h')
    .describe('How long a sign-in lasts at most.'),
  inactivity: duration(60_000, 365 * 86_400_000)
    .prefault('30m')
    .describe('How long a session may lie unused.'),
  recheck: duration(1_000, 3_600_000)
    .prefault('60s')
    .describe(
      'How often open WebSockets, event streams and long transfers are decided again when nothing has changed that they depend on. Changes act at once.',
    ),
});

export const auditSchema = z.strictObject({
  path: filePath('audit/')
    .prefault('audit/')
    .describe('Folder of the audit trail: hash-chained JSON lines with signed checkpoints. It cannot be switched off.'),
  on_failure: z
    .enum(['allow', 'deny'])
    .default('allow')
    .describe(
      'What happens to requests while nothing can be recorded. Danger: allow lets them pass unrecorded; deny answers 503.',
    ),
  retain: duration(86_400_000).prefault('90d').describe('How long files of the trail are kept.'),
  rotate: byteSize(1024, 1024 ** 4)
    .prefault('1GiB')
    .describe('The size at which a new file is begun.'),
  facts: z
    .enum(['once', 'each'])
    .default('once')
    .describe(
      'once: the line of a plain allow points to rules and facts that a line before it in its file holds. each: every line holds its own, and the trail is about twice as large.',
    ),
});
