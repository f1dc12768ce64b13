import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, stopChild } from '../contender.ts';
import type { Stage } from '../stage.ts';
import { waitForPort } from '../wait-for-port.ts';
import { originOf, signedIn } from './oauth2-proxy.ts';

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

/** Apache with mod_auth_openidc, its session in shared memory, in front of the same upstream. */
export async function startApache(stage: Stage, port: number): Promise<Contender> {
  const folder = join(stage.folder, 'apache');
  mkdirSync(folder);
  const file = join(folder, 'apache.conf');
  writeFileSync(file, configuration(stage, folder, port));
  const child = spawn('/usr/sbin/apache2', ['-DFOREGROUND', '-f', file], { stdio: 'inherit' });
  stage.keep({ stop: () => stopChild(child) });
  await waitForPort(port);
  return signedIn(stage, {
    name: 'Apache mod_auth_openidc',
    port,
    pids: [child.pid ?? 0],
    stop: () => stopChild(child),
  });
}

function configuration({ isTls, upstream, certificates, provider }: Stage, folder: string, port: number): string {
  const { issuer, clientId, clientSecret } = provider;
  const { certificate, key } = certificates.server;
  const load = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'auth_openidc',
    'proxy',
    'proxy_http',
    'ssl',
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
${
  isTls
    ? `SSLEngine on
SSLCertificateFile ${certificate}
SSLCertificateKeyFile ${key}
SSLProxyEngine on
SSLProxyVerify none
SSLProxyCheckPeerName off`
    : ''
}
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI ${originOf({ isTls }, port)}/redirect_uri
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
