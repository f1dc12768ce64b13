import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { withLock } from '../toolchain/lock.mjs';
import { type AppName, appNames, type RunningApp, startApp } from './apps.ts';
import { createAssertionVerifier } from './assertion.ts';
import type { DemoFacts } from './banner.ts';
import { authHost, hostOf, writeConfiguration } from './configuration.ts';
import { type DevelopmentCertificates, makeDevelopmentCertificates } from './development-certificates.ts';
import { setDeviceFacts } from './device-facts.ts';
import { createKeyFetcher } from './fetch-keys.ts';
import { devices } from './people.ts';
import { choosePorts, type DemoPorts } from './ports.ts';
import { startProvider } from './provider.ts';
import type { StartPostern } from './start-postern.ts';

export interface RunningDemo {
  readonly facts: DemoFacts;
  readonly auditFolder: string;
  /** Resolves with how Postern ended. */
  readonly posternEnded: Promise<string>;
  /** Stops everything and removes what was written. */
  close(): Promise<void>;
}

const writeSecret = (path: string, secret: string) => {
  writeFileSync(path, secret, { mode: 0o600 });
  return path;
};

/**
 * `postern`, for another terminal: it stands in the demo's folder, where its configuration is found without being named.
 * Files are still meant from where somebody stands who types them.
 */
function writeCommand(folder: string): void {
  const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const script = `#!/bin/sh
here=$PWD; before=; left=$#
while [ "$left" -gt 0 ]; do
  word=$1; shift; left=$((left - 1))
  case $word in
    -*|/*) ;;
    *[./]*) if [ "$before" = --out ] || [ -e "$here/$word" ]; then set -- "$@" "$here/$word"; before=; continue; fi ;;
  esac
  before=$word
  set -- "$@" "$word"
done
cd '${folder}' && exec '${process.execPath}' '${program}' "$@"
`;
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'postern'), script, { mode: 0o700 });
}

function startApps(certificates: DevelopmentCertificates, ports: DemoPorts): Promise<readonly RunningApp[]> {
  const fetchKeys = createKeyFetcher(authHost, ports.tls, certificates.ca);
  const issuers = [`https://${authHost}:${ports.tls}`, `http://${authHost}:${ports.plain}`];
  return Promise.all(
    appNames.map((name) =>
      startApp({
        name,
        certificate: certificates.apps[name] ?? certificates.server,
        clientCa: certificates.internalCa,
        verify: createAssertionVerifier(`https://${hostOf(name)}:${ports.tls}`, issuers, fetchKeys),
        origin: `http://${hostOf(name)}:${ports.plain}`,
      }),
    ),
  );
}

/**
 * Starts everything in order: provider, apps, Postern, what is known of the devices. What was started is stopped again when
 * a step fails. One demo at a time, so that none takes the ports that another has chosen and not yet opened.
 */
export const startDemo = (startPostern: StartPostern, version: string): Promise<RunningDemo> =>
  withLock(() => startOnFreePorts(startPostern, version), {
    name: `postern-demo-start-${process.getuid?.()}`,
    notice: 'Waiting for another demo that starts …',
  });

async function startOnFreePorts(startPostern: StartPostern, version: string): Promise<RunningDemo> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-demo-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  // Also when a step of closing takes too long: keys lie there.
  process.once('exit', removeFolder);
  const stops: (() => Promise<void> | void)[] = [removeFolder];
  const close = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  try {
    const { ports, moved } = await choosePorts();
    const certificates = await makeDevelopmentCertificates(join(folder, 'certs'), {
      hosts: [authHost, ...appNames.map(hostOf)],
      apps: appNames,
      devices: devices.map((device) => device.id),
    });
    const adminToken = randomBytes(32).toString('base64url');
    const clientSecret = randomBytes(32).toString('base64url');
    const portals = [`http://${authHost}:${ports.plain}`, `https://${authHost}:${ports.tls}`];
    const client = {
      id: 'postern',
      secret: clientSecret,
      redirectUris: portals.map((portal) => `${portal}/.postern/callback`),
      postLogoutRedirectUris: portals.map((portal) => `${portal}/.postern/signed-out`),
    };
    const provider = await startProvider(client, ports.provider);
    stops.push(() => provider.close());
    const apps = await startApps(certificates, ports);
    stops.push(...apps.map((app) => () => app.close()));

    const auditFolder = join(folder, 'audit');
    mkdirSync(auditFolder, { mode: 0o700 });
    const configurationFile = writeSecret(
      join(folder, 'postern.yaml'),
      writeConfiguration({
        ports,
        certificates,
        appPorts: Object.fromEntries(apps.map((app) => [app.name, app.port])) as Record<AppName, number>,
        issuer: provider.issuer,
        clientId: client.id,
        secretFiles: {
          adminToken: writeSecret(join(folder, 'admin.token'), adminToken),
          stateKey: writeSecret(join(folder, 'state.key'), randomBytes(32).toString('base64url')),
          clientSecret: writeSecret(join(folder, 'client.secret'), clientSecret),
        },
        stateFile: join(folder, 'postern.db'),
        auditFolder,
      }),
    );
    writeCommand(folder);
    const postern = await startPostern(configurationFile, ports);
    stops.push(postern.stop);
    for (const device of devices) await setDeviceFacts(ports.admin, adminToken, device);
    return {
      facts: { version, ports, issuer: provider.issuer, certificates, folder, adminToken, moved },
      auditFolder,
      posternEnded: postern.ended,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
