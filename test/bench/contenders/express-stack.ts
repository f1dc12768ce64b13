import { Agent, createServer } from 'node:http';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import httpProxy from 'http-proxy';

declare module 'express-session' {
  interface SessionData {
    user?: string;
  }
}

/** What most people would build first: Express, express-session in memory, helmet and http-proxy, with a session check only. */
const upstream = process.argv[2] ?? '';
const proxy = httpProxy.createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true, maxSockets: 128 }) });
const app = express();
app.use(helmet());
app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }));
app.get('/bench-sign-in', (request, response) => {
  request.session.user = 'ada';
  response.send('signed in');
});
app.use((request, response, next) => {
  if (request.session.user === undefined) {
    response.status(401).send('Sign in first.');
    return;
  }
  next();
});
app.use((request, response) => proxy.web(request, response));

const server = createServer({ keepAliveTimeout: 60_000 }, app);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
