import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { createSingleSignOnStore, session } from '../../src/sessions/single-sign-on-store.ts';
import type { FollowingStore } from '../../src/state/state-store.ts';
import { createStateFolder } from './state-folder.ts';

/** A small sign-in host over a real socket: express and express-session as the product sets them up. */
export interface SignInHost {
  /** What its single sign-on sessions are kept in. */
  readonly store: FollowingStore;
  get(path: string, cookie?: string): Promise<{ status: number; body: string; cookie: string | undefined }>;
  /** Lets the request that waits on `/slow` go on. */
  release(): void;
  /** Resolves when a request has come to wait on `/slow`. */
  readonly slowArrived: Promise<void>;
  /** What the error handler was given. */
  readonly faults: unknown[];
  close(): Promise<void>;
}

declare module 'express-session' {
  interface SessionData {
    sessionId: string;
    note: string;
  }
}

/** Starts it over a state file of its own, which goes away with it. */
export async function startSignInHost(now: () => number = Date.now): Promise<SignInHost> {
  const folder = createStateFolder(now);
  const store = await folder.open();
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const faults: unknown[] = [];
  const app = express();
  app.use(
    session({
      name: '__Host-postern-sso',
      secret: 'a secret of the cookie signature',
      store: createSingleSignOnStore({ store, now, maxAgeMs: () => 60_000, randomBytes }),
      resave: false,
      saveUninitialized: false,
      rolling: false,
      unset: 'destroy',
    }),
  );
  app.get('/sign-in', (req, res, next) => {
    req.session.regenerate((failed) => {
      if (failed) return next(failed);
      req.session.sessionId = String(req.query['session']);
      req.session.save((unsaved) => (unsaved ? next(unsaved) : res.send('in')));
    });
  });
  app.get('/sign-in-in-place', (req, res, next) => {
    req.session.sessionId = String(req.query['session']);
    req.session.save((unsaved) => (unsaved ? next(unsaved) : res.send('in')));
  });
  app.get('/note', (req, res, next) => {
    req.session.note = String(req.query['text']);
    req.session.save((unsaved) => (unsaved ? next(unsaved) : res.send('noted')));
  });
  app.get('/slow', async (req, res) => {
    arrived.resolve();
    await released.promise;
    if (req.query['text'] !== undefined) req.session.note = String(req.query['text']);
    res.send('slow');
  });
  app.get('/sign-out', (req, res, next) => {
    req.session.destroy((failed) => (failed ? next(failed) : res.send('out')));
  });
  const whoami: RequestHandler = (req, res) => {
    res.json({ hasSession: req.session !== undefined, sessionId: req.session?.sessionId, note: req.session?.note });
  };
  app.get('/whoami', whoami);
  const onFault: ErrorRequestHandler = (fault, _req, res, next) => {
    faults.push(fault);
    if (res.headersSent) return next();
    res.status(503).send('away');
  };
  app.use(onFault);

  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    store,
    slowArrived: arrived.promise,
    release: () => released.resolve(),
    faults,
    get: (path, cookie) =>
      new Promise((resolve, reject) => {
        const asked = request(
          { port, host: '127.0.0.1', path, agent: false, headers: cookie ? { cookie } : {} },
          (res) => {
            let body = '';
            res.setEncoding('utf8').on('data', (chunk: string) => {
              body += chunk;
            });
            res.on('end', () => {
              resolve({ status: res.statusCode ?? 0, body, cookie: res.headers['set-cookie']?.[0]?.split(';')[0] });
            });
            res.on('error', reject);
          },
        );
        asked.on('error', reject).end();
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await folder.dispose();
    },
  };
}
