import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type DevelopmentCertificates,
  makeDevelopmentCertificates,
} from '../../deploy/demo/development-certificates.ts';
import { startProvider, type TestProvider } from '../support/oidc-provider.ts';
import { type Contender, type Started, startNode, stopChild } from './contender.ts';
import { freePort } from './free-port.ts';
import { type BenchedRoute, posternYaml, upstreamName } from './postern-yaml.ts';
import { seedSessions } from './seed-sessions.ts';
import { requireAnswer } from './sign-in.ts';
import { startBuilt } from './start-built.ts';

const contenders = fileURLToPath(new URL('./contenders/', import.meta.url));
const stateKey = 'a-state-key-of-more-than-thirty-two-characters';

/** What a row needs. */
export interface StageNeeds {
  /** TLS on both sides. Default: plain HTTP, so that TLS does not blur the comparison. */
  readonly isTls?: boolean;
  /** People who are signed in at Postern. Default: none. */
  readonly sessions?: number;
  /** Each person's groups. */
  readonly groups?: readonly string[];
  /** The host at which the number'th is signed in. Default: `app.localhost`. */
  readonly hostOf?: (number: number) => string;
  readonly routes?: readonly BenchedRoute[];
  readonly workers?: number;
  /** The program behind everybody. Default: `upstream.ts`. */
  readonly app?: string;
  /** Where others than Postern want their callbacks. */
  readonly redirectUris?: readonly string[];
}

/** A provider, an app, people who are signed in, and a folder that goes away with all of them. */
export interface Stage {
  readonly folder: string;
  readonly provider: TestProvider;
  readonly certificates: DevelopmentCertificates;
  readonly isTls: boolean;
  /** The app's origin. */
  readonly upstream: string;
  /** The configuration file of Postern, and the port that its URLs are of. */
  readonly file: string;
  readonly port: number;
  /** The secret of each person's cookie, and the host with its port at which it is signed in. */
  readonly people: readonly { readonly secret: string; readonly host: string }[];
  /** The secrets alone. */
  readonly secrets: readonly string[];
  /** The same, of the folder of contenders. */
  startNode(name: string, script: string, args: readonly string[]): Promise<Contender>;
  /** What a forwarder without checks is started with: the app's origin; with TLS its certificate, the key, the app's authority and name. */
  readonly forwarderArguments: readonly string[];
  /** A program that printed the port of 127.0.0.1 at which it listens. Ends with the stage. */
  contenderOf(name: string, started: Started): Contender;
  startBare(): Promise<Contender>;
  startPostern(): Promise<Contender>;
  /** The whole program with its workers, over TLS, as it is shipped. */
  startProgram(): Promise<Contender & { readonly firstAnswerMs: number }>;
  /** Something that ends with the stage. */
  keep<Kept extends Pick<Contender, 'stop'>>(kept: Kept): Kept;
  close(): Promise<void>;
}

/** Sets up what the contenders of a row have in common. */
export async function openStage(needs: StageNeeds): Promise<Stage> {
  const { isTls = false, sessions = 0, groups = ['engineering', 'finance'], hostOf = () => 'app.localhost' } = needs;
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const [port, plainPort] = [await freePort(), await freePort()];
  const certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['localhost', 'app.localhost', 'auth.localhost'],
    apps: ['app'],
    devices: [],
  });
  const appFiles = certificates.apps['app'] ?? { certificate: '', key: '' };
  const app = await startNode(
    join(contenders, needs.app ?? 'upstream.ts'),
    isTls ? [appFiles.certificate, appFiles.key] : [],
  );
  const upstream = `${isTls ? 'https' : 'http'}://127.0.0.1:${app.ready['port']}`;
  const provider = await startProvider({
    people: [{ id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: [...groups] }],
    redirectUris: () => [`https://auth.localhost:${port}/.postern/callback`, ...(needs.redirectUris ?? [])],
    postLogoutRedirectUris: () => [],
  });
  const file = join(folder, 'postern.yaml');
  writeFileSync(
    file,
    posternYaml({
      port,
      upstream,
      issuer: provider.issuer,
      clientId: provider.clientId,
      server: certificates.server,
      ...(isTls ? { upstreamCa: certificates.internalCa } : {}),
      ...(needs.routes === undefined ? {} : { routes: needs.routes }),
      ...(needs.workers === undefined ? {} : { workers: needs.workers }),
    }),
  );
  Object.assign(process.env, { STATE_KEY: stateKey, CLIENT_SECRET: provider.clientSecret });
  const secrets =
    sessions === 0
      ? []
      : await seedSessions({ path: join(folder, 'state.db'), key: stateKey }, sessions, hostOf, {
          issuer: provider.issuer,
          groups,
        });
  const kept: Pick<Contender, 'stop'>[] = [{ stop: () => stopChild(app.child) }];
  const keep: Stage['keep'] = (one) => {
    kept.push(one);
    return one;
  };
  const people = secrets.map((secret, number) => ({ secret, host: `${hostOf(number)}:${isTls ? port : plainPort}` }));
  const headers = { Host: `${hostOf(0)}:${isTls ? port : plainPort}`, 'User-Agent': 'postern-test-browser' };
  const contenderOf: Stage['contenderOf'] = (name, { child, ready }) => {
    const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${String(ready['port'])}/app`;
    return keep({ name, pids: [child.pid ?? 0], url, headers, stop: () => stopChild(child) });
  };
  const start: Stage['startNode'] = async (name, script, args) =>
    contenderOf(name, await startNode(join(contenders, script), args));
  const checked = async (postern: Contender): Promise<Contender> => {
    const [secret] = secrets;
    if (secret !== undefined)
      await requireAnswer(postern, readFileSync(certificates.ca, 'utf8'), `__Host-postern=${secret}`);
    return postern;
  };
  const { server, internalCa } = certificates;
  const tls = isTls ? [server.certificate, server.key, internalCa, upstreamName] : [];
  const forwarderArguments = [upstream, ...tls];
  return {
    folder,
    provider,
    certificates,
    isTls,
    upstream,
    file,
    port,
    people,
    secrets,
    startNode: start,
    forwarderArguments,
    contenderOf,
    startBare: () => start('bare undici forwarder', 'bare-forwarder.ts', forwarderArguments),
    startPostern: async () =>
      checked(await start('Postern', 'postern.ts', [file, ...(isTls ? [] : [String(plainPort)])])),
    async startProgram() {
      const beganMs = performance.now();
      const serving = startBuilt(file, { cwd: folder, env: process.env });
      const [secret = ''] = secrets;
      const headers = { Host: `${hostOf(0)}:${port}`, 'User-Agent': 'postern-test-browser' };
      const asked = {
        name: 'Postern',
        pids: [],
        url: `https://127.0.0.1:${port}/app`,
        headers,
        stop: async () => undefined,
      };
      const ca = readFileSync(certificates.ca, 'utf8');
      const firstAnswer = answered(() => requireAnswer(asked, ca, `__Host-postern=${secret}`)).then(
        () => performance.now() - beganMs,
      );
      // A program that has ended answers nobody.
      const [{ child }, firstAnswerMs] = await Promise.all([serving, firstAnswer]);
      return { ...contenderOf('Postern', { child, ready: { port } }), firstAnswerMs };
    },
    keep,
    async close() {
      await Promise.all(kept.map((one) => one.stop()));
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks every few milliseconds until that works; gives up after a minute, with what was wrong then. */
async function answered(ask: () => Promise<void>): Promise<void> {
  const lastMs = performance.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (performance.now() > lastMs) throw thrown;
      await pause(2);
    }
  }
}
