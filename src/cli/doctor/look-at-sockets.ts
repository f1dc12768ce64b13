import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import type { ListenAddress, Snapshot } from '../../config/snapshot.ts';
import { request } from '../../http/node-http.ts';
import { createUpstreamPools } from '../../upstream/upstream-pools.ts';
import { errorCode, type Finding, fail, ok } from './finding.ts';

const dialTimeoutMs = 5_000;

/** Whether each address that Postern listens on is free, or Postern has it already. */
export async function lookAtListeners(configuration: Snapshot): Promise<readonly Finding[]> {
  const { server, admin } = configuration;
  const redirect = server.redirectHttp;
  return Promise.all([
    ...server.listeners.map((address) => lookAtAddress(address, () => showsOurCertificate(address, configuration))),
    ...(redirect === undefined ? [] : [lookAtAddress(redirect, () => answers(redirect, '/', 308))]),
    ...(admin === undefined ? [] : [lookAtAddress(admin.listen, () => answers(admin.listen, '/livez', 200))]),
  ]);
}

/** Connects to every upstream of every route with the route's own settings; nothing is sent. */
export async function lookAtUpstreams(configuration: Snapshot): Promise<readonly Finding[]> {
  const pools = createUpstreamPools({ connectTimeoutMs: dialTimeoutMs });
  const findings: Finding[] = [];
  let reached = 0;
  try {
    for (const route of configuration.routes) {
      if (route.target.kind !== 'upstreams') continue;
      for (const { connect: dial, origin } of pools.serversOf(route.target)) {
        try {
          (await dial()).destroy();
          reached += 1;
        } catch (thrown) {
          const text = `${route.name}: ${origin} cannot be reached: ${errorCode(thrown)}`;
          findings.push(fail('P312', text, `check address, certificate and firewall (${place(route.at)})`));
        }
      }
    }
  } finally {
    await pools.close();
  }
  return findings.length > 0 ? findings : [ok(`${reached} reached`)];
}

function place({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}

async function lookAtAddress(address: ListenAddress, isOurs: () => Promise<boolean>): Promise<Finding> {
  const text = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  const code = await tryToBind(address);
  if (code === undefined) return ok(`${text} is free`);
  if (code === 'EADDRINUSE') {
    if (await isOurs()) return ok(`${text} is served by Postern`);
    return fail('P311', `another program has ${text}`, `find it: ss -ltnp 'sport = :${address.port}'`);
  }
  const hint =
    code === 'EACCES' ? 'give the right to bind it, or use a port from 1024 on' : 'name an address of this machine';
  return fail('P311', `${text} cannot be listened on: ${code}`, hint);
}

function tryToBind({ host, port }: ListenAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errorCode(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Where a listener is dialled from this machine. */
function dialled(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

function showsOurCertificate({ host, port }: ListenAddress, { server }: Snapshot): Promise<boolean> {
  const ours = new Set(
    (server.tls?.certificates ?? []).map(({ certificate }) => new X509Certificate(certificate).fingerprint256),
  );
  return new Promise((resolve) => {
    const socket = connect({ host: dialled(host), port, servername: server.authHost, rejectUnauthorized: false });
    const settle = (isOurs: boolean) => {
      socket.destroy();
      resolve(isOurs);
    };
    socket.setTimeout(dialTimeoutMs, () => settle(false));
    socket.once('secureConnect', () => settle(ours.has(socket.getPeerX509Certificate()?.fingerprint256 ?? '')));
    socket.once('error', () => settle(false));
  });
}

function answers({ host, port }: ListenAddress, path: string, status: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: dialled(host), port, path, agent: false, timeout: dialTimeoutMs };
    const asked = request(options, (response) => {
      response.destroy();
      resolve(response.statusCode === status);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
