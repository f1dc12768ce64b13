import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { WebSocketServer } from 'ws';
import { makeDevelopmentCertificates } from '../../../deploy/demo/development-certificates.ts';
import { openSessionsBeside } from '../../support/sessions-beside.ts';
import { freePort } from '../free-port.ts';
import { writeProgramFile } from '../program-file.ts';
import { startBuilt } from '../start-built.ts';

/** The built program with several workers, an app behind it, and people who are signed in. */
export interface Stage {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  /** A person who signed in a moment ago: the session's id, and the cookie at the app. */
  signIn(name: string): Promise<{ readonly id: string; readonly cookie: string }>;
  /** Calls the admin API; the answer's JSON. */
  admin(method: string, path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

const secrets = { ADMIN_TOKEN: randomBytes(32).toString('hex'), STATE_KEY: randomBytes(32).toString('hex') };

/** Starts everything on free ports, in a folder that goes away with it. */
export async function openStage(workers: number): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const app = createServer((_request, response) => response.end('fine'));
  const sockets = new WebSocketServer({ server: app });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  const files = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['localhost', 'app.localhost', 'auth.localhost'],
    apps: ['app'],
    devices: [],
  });
  const port = await freePort();
  const file = writeProgramFile(folder, {
    port,
    certificates: files,
    server: `  workers: ${workers}\n`,
    rest: `break_glass: [root-1@corp.example]
identity_providers:
  - { id: corp, title: Corp, issuer: "https://idp.example", client_id: bench, client_secret: "\${env:STATE_KEY}" }
routes:
  - name: app
    title: App
    from: https://app.localhost:${port}
    to: ["http://127.0.0.1:${(app.address() as AddressInfo).port}"]
    allow_plaintext_upstream: true
    allow_websockets: true
    allow: [{ id: engineering, groups: [engineering] }]
audit: { path: audit }
`,
  });
  const { child, adminPort } = await startBuilt(file, { cwd: folder, env: { PATH: process.env['PATH'], ...secrets } });
  const people = await openSessionsBeside(join(folder, 'state.db'), secrets.STATE_KEY);
  return {
    host: 'app.localhost',
    port,
    ca: readFileSync(files.ca, 'utf8'),
    signIn: (name) => people.signIn(name, 'app.localhost'),
    async admin(method, path) {
      const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
        method,
        headers: { authorization: `Bearer ${secrets.ADMIN_TOKEN}` },
      });
      return { status: response.status, body: await response.json() };
    },
    async close() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await people.close();
      for (const socket of sockets.clients) socket.terminate();
      app.closeAllConnections();
      app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
