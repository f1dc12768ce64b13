import { join } from 'node:path';
import { createHttpBrowser } from '../../support/http-browser.ts';
import type { Contender } from '../contender.ts';
import { findApache, startApache } from '../contenders/apache.ts';
import { findOauth2Proxy } from '../contenders/go-program.ts';
import { findNginx, startNginx } from '../contenders/nginx.ts';
import { startOauth2Proxy } from '../contenders/oauth2-proxy.ts';
import { freePort } from '../free-port.ts';
import { inTurns, ratioOf } from '../in-turns.ts';
import { cookieHeader } from '../sign-in.ts';
import { openStage, type Stage } from '../stage.ts';
import { writeTurns } from '../write-turns.ts';
import type { Figure, LeftOut, Row, RunOptions } from './row.ts';

/** What people would use instead: only the one who is asked takes part; its person is one, and that person's session is hot. */
interface Other {
  readonly name: string;
  /** Absent: it stands beside the others to compare. */
  readonly atMost?: number;
  /** `undefined` where it is not here. */
  readonly start: (() => Promise<Contender>) | undefined;
}

const expressStack = 'Express + session + helmet + http-proxy';

/** The whole check against what people would use instead, which looks whether somebody is signed in. */
export const others: Row = { name: 'others', measure: (options) => measure(options, false) };

/** The same with TLS on both sides. */
export const othersOverTls: Row = { name: 'tls-others', measure: (options) => measure(options, true) };

async function measure(options: RunOptions, isTls: boolean): Promise<readonly (Figure | LeftOut)[]> {
  const [apachePort, proxyPort, nginxPort, besidePort] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  const ports = [apachePort, proxyPort, nginxPort, besidePort].map(Number);
  const many = Math.min(10_000, options.inUse);
  const origins = ports.map((port) => `${isTls ? 'https' : 'http'}://localhost:${port}`);
  const stage = await openStage({
    isTls,
    sessions: many,
    redirectUris: origins.flatMap((origin) => [`${origin}/redirect_uri`, `${origin}/oauth2/callback`]),
  });
  try {
    const postern = await stage.startPostern();
    const lines: (Figure | LeftOut)[] = [];
    const entrants = [1, many].map((count) => ({
      name: `Postern ${count}`,
      contender: postern,
      lap: count,
      script: writeTurns(join(stage.folder, `turns-${count}.lua`), { secrets: stage.secrets.slice(0, count) }),
    }));
    const instead: (Omit<Other, 'start'> & { readonly contender: Contender })[] = [];
    for (const { name, start, ...rest } of othersAt(stage, ports, options)) {
      if (start !== undefined) instead.push({ name, ...rest, contender: await start() });
      else lines.push({ what: `whole check against ${name}`, leftOut: 'it is not here, and cannot be installed' });
    }
    const costs = await inTurns([...entrants, ...instead], options);
    for (const { name, atMost } of instead) {
      for (const [at, { name: mine }] of entrants.entries()) {
        const who = at === 0 ? 'one session' : `${many.toLocaleString('en')} sessions against one`;
        lines.push({
          what: `whole check against ${name}, ${isTls ? 'TLS on both sides' : 'plain'}, ${who}`,
          ...ratioOf(costs, mine, name),
          ...(atMost === undefined ? {} : { bound: { atMost } }),
        });
      }
    }
    return lines;
  } finally {
    await stage.close();
  }
}

function othersAt(stage: Stage, ports: readonly number[], { say }: RunOptions): readonly Other[] {
  const [apachePort = 0, port = 0, nginxPort = 0, oauth2ProxyPort = 0] = ports;
  const program = findOauth2Proxy(say);
  const express: Other = { name: expressStack, start: () => startExpress(stage) };
  return [
    ...(stage.isTls ? [] : [express]),
    {
      name: 'Apache mod_auth_openidc',
      atMost: 0.5,
      start: findApache() ? () => startApache(stage, apachePort) : undefined,
    },
    {
      name: 'oauth2-proxy',
      atMost: 0.33,
      start: program === undefined ? undefined : () => startOauth2Proxy(stage, { program, port }),
    },
    {
      name: 'nginx auth_request + oauth2-proxy',
      atMost: 0.6,
      start:
        program !== undefined && findNginx()
          ? () => startNginx(stage, { port: nginxPort, oauth2ProxyPort }, program)
          : undefined,
    },
  ];
}

async function startExpress(stage: Stage): Promise<Contender> {
  const plain = await stage.startNode(expressStack, 'express-stack.ts', [stage.upstream]);
  const browser = createHttpBrowser();
  await browser.open(new URL('/bench-sign-in', plain.url).href);
  return { ...plain, headers: { Cookie: cookieHeader(browser, '127.0.0.1') } };
}
