import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Contender, stopChild } from '../contender.ts';
import { cookieHeader, requireAnswer, signIn } from '../sign-in.ts';
import type { Stage } from '../stage.ts';
import { waitForPort } from '../wait-for-port.ts';

/** Where it listens, and for whom it asks. */
export interface Oauth2ProxySettings {
  readonly program: string;
  readonly port: number;
  /** Default: the app's origin. */
  readonly upstream?: string;
  /** The origin that browsers see. Default: its own. */
  readonly origin?: string;
  readonly more?: readonly string[];
}

/** oauth2-proxy with its session in the cookie, and its logs of requests switched off. Answers its process. */
export async function runOauth2Proxy(stage: Stage, settings: Oauth2ProxySettings) {
  const { program, port, upstream = stage.upstream, origin = originOf(stage, port), more = [] } = settings;
  const { certificate, key } = stage.certificates.server;
  const isTls = stage.isTls && settings.origin === undefined;
  const child = spawn(
    program,
    [
      '--provider=oidc',
      `--oidc-issuer-url=${stage.provider.issuer}`,
      `--client-id=${stage.provider.clientId}`,
      `--client-secret=${stage.provider.clientSecret}`,
      `--redirect-url=${origin}/oauth2/callback`,
      '--scope=openid profile email groups',
      '--code-challenge-method=S256',
      '--email-domain=*',
      `--upstream=${upstream}`,
      '--ssl-upstream-insecure-skip-verify=true',
      '--cookie-secret=0123456789abcdef0123456789abcdef',
      `--cookie-secure=${stage.isTls}`,
      '--skip-provider-button=true',
      '--request-logging=false',
      '--auth-logging=false',
      '--standard-logging=false',
      ...(isTls
        ? [
            `--https-address=127.0.0.1:${port}`,
            '--http-address=',
            `--tls-cert-file=${certificate}`,
            `--tls-key-file=${key}`,
          ]
        : [`--http-address=127.0.0.1:${port}`]),
      ...more,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  stage.keep({ stop: () => stopChild(child) });
  await waitForPort(port);
  return child;
}

/** The same, with somebody signed in. */
export async function startOauth2Proxy(stage: Stage, settings: Oauth2ProxySettings): Promise<Contender> {
  const child = await runOauth2Proxy(stage, settings);
  return signedIn(stage, {
    name: 'oauth2-proxy',
    port: settings.port,
    pids: [child.pid ?? 0],
    stop: () => stopChild(child),
  });
}

/** Signs somebody in at `localhost` and answers the contender with what that browser sends. */
export async function signedIn(
  stage: Stage,
  { port, ...contender }: Pick<Contender, 'name' | 'pids' | 'stop'> & { readonly port: number },
): Promise<Contender> {
  const origin = originOf(stage, port);
  const ca = readFileSync(stage.certificates.ca, 'utf8');
  const browser = await signIn(`${origin}/app`, stage.provider.issuer, ca);
  const { protocol } = new URL(origin);
  const signed = {
    ...contender,
    url: `${protocol}//127.0.0.1:${port}/app`,
    headers: { Host: `localhost:${port}`, Cookie: cookieHeader(browser, 'localhost') },
  };
  await requireAnswer(signed, ca);
  return signed;
}

/** What a contender beside Postern is called in a browser. */
export function originOf({ isTls }: Pick<Stage, 'isTls'>, port: number): string {
  return `${isTls ? 'https' : 'http'}://localhost:${port}`;
}
