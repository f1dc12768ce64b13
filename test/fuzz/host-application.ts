/** An Express application with Postern in front of it, for `npm run fuzz`: FOLDER PORT CERTIFICATE KEY. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';
import express from 'express';
import type { createPostern } from '../../src/index.ts';
import { createFuzzApp } from './upstream.ts';

const [folder = '', port = '', certificate = '', key = ''] = process.argv.slice(2);
const say = (fields: object) => process.stdout.write(`${JSON.stringify(fields)}\n`);
const log = (level: number) => (fields: object, msg: string) => void say({ level, msg, ...fields });
const { createPostern: create }: { readonly createPostern: typeof createPostern } = await import(
  new URL('../../dist/index.js', import.meta.url).href
);

const fuzzApp = createFuzzApp((violation) => say({ violation }));
const postern = await create(
  {
    version: 1,
    server: { auth_host: 'auth.localhost' },
    state: { path: join(folder, 'host.db'), key: 'a-state-key-of-more-than-thirty-two-characters' },
    identity_providers: [
      {
        id: 'corp',
        title: 'Corp',
        issuer: 'https://127.0.0.1:9',
        client_id: 'fuzz',
        client_secret: 'a-secret-of-the-client',
      },
    ],
    routes: [
      {
        name: 'notes',
        from: `https://notes.localhost:${port}`,
        to: 'next',
        allow: [{ id: 'engineering', groups: ['engineering'] }],
      },
      { name: 'open', from: `https://open.localhost:${port}`, to: 'next', public: true, allow_websockets: true },
    ],
    audit: { path: join(folder, 'host-audit'), rotate: '64MiB' },
  },
  { log: { info: () => undefined, warn: log(40), error: log(50) } },
);
const application = express();
application.use(postern.middleware);
application.use(fuzzApp.request);
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, application);
server.on('upgrade', fuzzApp.upgrade);
postern.attach(server);
server.listen(Number(port), '127.0.0.1', () => say({ msg: 'Postern is serving.' }));
