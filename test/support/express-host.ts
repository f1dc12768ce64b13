import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import express, { type Express } from 'express';
import type { DevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { createPostern, type Postern, type PosternOptions } from '../../src/index.ts';
import type { TestProvider } from './oidc-provider.ts';

/** A configuration for an application on this port, as an object. */
export function hostConfiguration(
  folder: string,
  provider: TestProvider,
  port: number,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    server: { auth_host: 'auth.localhost' },
    state: { path: join(folder, 'host.db'), key: 'a-state-key-of-more-than-thirty-two-characters' },
    identity_providers: [
      {
        id: 'corp',
        title: 'Corp account',
        issuer: provider.issuer,
        client_id: provider.clientId,
        client_secret: provider.clientSecret,
        scopes: ['openid', 'profile', 'email', 'groups'],
        factors: { password: { amr: [['pwd']] }, otp: { acr: ['mfa'], amr: [['pwd', 'otp']] } },
      },
    ],
    routes: [
      {
        name: 'notes',
        from: `https://notes.localhost:${port}`,
        to: 'next',
        pass_identity_headers: true,
        allow_websockets: true,
        allow: [{ id: 'engineering', groups: ['engineering'] }],
      },
      { name: 'open', from: `https://open.localhost:${port}`, to: 'next', public: true },
    ],
    audit: { path: join(folder, 'host-audit') },
    ...changes,
  };
}

/** What the application saw. */
export interface HostedApp {
  readonly app: Express;
  readonly postern: Postern;
  readonly server: Server;
  readonly errors: Error[];
  close(): Promise<void>;
}

/** Starts a real Express application with Postern in front of it. */
export async function startHost(
  configuration: Readonly<Record<string, unknown>>,
  options: PosternOptions,
  port: number,
  certificates: DevelopmentCertificates | undefined,
  mount: (app: Express, postern: Postern, server: Server) => void,
): Promise<HostedApp> {
  const quiet = () => undefined;
  const postern = await createPostern(configuration, { log: { info: quiet, warn: quiet, error: quiet }, ...options });
  const app = express();
  const server =
    certificates === undefined
      ? createPlainServer(app)
      : createServer(
          { cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key) },
          app,
        );
  const errors: Error[] = [];
  mount(app, postern, server);
  app.use((request, response) => {
    const { url, originalUrl, headers, rawHeaders, body } = request;
    response.json({ url, originalUrl, path: request.path, headers, rawHeaders, body });
  });
  const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
    errors.push(error);
    response.status(500).end('failed');
  };
  app.use(onError);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    app,
    postern,
    server,
    errors,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await postern.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
