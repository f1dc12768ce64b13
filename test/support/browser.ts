import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BrowserContext, chromium } from 'playwright-core';
import type { CertificateFiles } from '../../deploy/demo/development-certificates.ts';

const run = promisify(execFile);

/** A Chromium with a profile of its own. */
export interface TestBrowser {
  readonly context: BrowserContext;
  /** Closes it and removes its profile. */
  close(): Promise<void>;
}

export interface TestBrowserOptions {
  /** PEM file of the authority that server certificates come from. */
  readonly ca?: string;
  /** The certificate that the browser shows to every host under `localhost` that asks for one. */
  readonly device?: CertificateFiles;
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Chromium picks a client certificate without asking where this setting says so. Administrators set it by the policy
 * AutoSelectCertificateForUrls, which is for the whole machine; a profile's own preferences take it too.
 */
const preferences = {
  profile: {
    content_settings: {
      exceptions: {
        auto_select_certificate: { 'https://[*.]localhost,*': { setting: { filters: [{}] } } },
      },
    },
  },
};

/** A password for the short way from openssl to NSS, both in a folder that only we can read. */
const transport = 'postern-test';

async function fillCertificateStore(home: string, { ca, device }: TestBrowserOptions): Promise<void> {
  const store = join(home, '.pki', 'nssdb');
  await mkdir(store, { recursive: true, mode: 0o700 });
  const database = ['-d', `sql:${store}`];
  await run('certutil', ['-N', ...database, '--empty-password']);
  if (ca !== undefined) await run('certutil', ['-A', ...database, '-t', 'C,,', '-n', 'development', '-i', ca]);
  if (device === undefined) return;
  const bundle = join(home, 'device.p12');
  const pair = ['-in', device.certificate, '-inkey', device.key, '-name', 'device'];
  await run('openssl', ['pkcs12', '-export', ...pair, '-out', bundle, '-passout', `pass:${transport}`]);
  await run('pk12util', ['-i', bundle, ...database, '-W', transport]);
  await rm(bundle);
}

/**
 * Starts Chromium (`POSTERN_CHROMIUM`, else Debian's) without a window. It trusts `ca` and holds `device`, in an NSS
 * database under a home folder of its own: Playwright's `clientCertificates` does not work for `*.localhost`.
 */
export async function launchBrowser(options: TestBrowserOptions = {}): Promise<TestBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'postern-browser-'));
  try {
    await fillCertificateStore(home, options);
    const profile = join(home, 'profile');
    await mkdir(join(profile, 'Default'), { recursive: true });
    if (options.device !== undefined) {
      await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
    }
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env['POSTERN_CHROMIUM'] ?? '/usr/bin/chromium',
      args: flags,
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_DATA_HOME: join(home, '.local') },
    });
    return {
      context,
      close: async () => {
        await context.close();
        await rm(home, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}
