import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpBrowser } from '../../support/http-browser.ts';
import type { Contender } from '../contender.ts';
import { waitForPort } from '../wait-for-port.ts';

const modules = '/usr/lib/apache2/modules';

/** True when Apache and mod_auth_openidc are there; installs them where it may (root on Debian). */
export function findApache(): boolean {
  const isThere = () => existsSync(`${modules}/mod_auth_openidc.so`) && existsSync('/usr/sbin/apache2');
  if (isThere()) return true;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error !== undefined) return false;
  spawnSync('apt-get', ['update'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', 'apache2', 'libapache2-mod-auth-openidc'], { stdio: 'ignore' });
  spawnSync('service', ['apache2', 'stop'], { stdio: 'ignore' });
  return isThere();
}

export interface ApacheSettings {
  readonly folder: string;
  readonly port: number;
  readonly upstream: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Signs a person in on the provider's page. */
  readonly signIn: (browser: ReturnType<typeof createHttpBrowser>, url: string) => Promise<void>;
}

/** Apache with mod_auth_openidc, its session in shared memory, in front of the same upstream. */
export async function startApache(settings: ApacheSettings): Promise<Contender> {
  const { folder, port } = settings;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'apache.conf');
  writeFileSync(file, configuration(settings));
  const child = spawn('/usr/sbin/apache2', ['-DFOREGROUND', '-f', file], { stdio: 'inherit' });
  await waitForPort(port);
  const browser = createHttpBrowser();
  const url = `http://localhost:${port}/app`;
  await settings.signIn(browser, url);
  const cookies = [...browser.cookiesOf('localhost')].filter(([name]) => name.startsWith('mod_auth_openidc'));
  if (child.pid === undefined || cookies.length === 0) throw new Error('Apache did not sign the person in.');
  return {
    name: 'Apache mod_auth_openidc',
    pid: child.pid,
    url: `http://127.0.0.1:${port}/app`,
    headers: { Host: `localhost:${port}`, Cookie: cookies.map(([name, value]) => `${name}=${value}`).join('; ') },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function configuration(settings: ApacheSettings): string {
  const { folder, port, upstream, issuer, clientId, clientSecret } = settings;
  const load = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'auth_openidc',
    'proxy',
    'proxy_http',
    'unixd',
    'headers',
  ]
    .filter((name) => existsSync(`${modules}/mod_${name}.so`))
    .map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`)
    .join('\n');
  return `ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog ${folder}/error.log
LogLevel error
Listen 127.0.0.1:${port}
ServerName localhost
User www-data
Group www-data
${load}
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI http://localhost:${port}/redirect_uri
OIDCCryptoPassphrase bench-passphrase-of-some-length
OIDCSessionType server-cache
OIDCCacheType shm
OIDCScope "openid profile email groups"
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
ProxyPass /redirect_uri !
ProxyPass / ${upstream}/
`;
}
