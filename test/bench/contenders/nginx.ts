import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import { stopChild } from '../contender.ts';
import type { Stage } from '../stage.ts';
import { waitForPort } from '../wait-for-port.ts';
import { originOf, runOauth2Proxy, signedIn } from './oauth2-proxy.ts';

const program = '/usr/sbin/nginx';

/** True when nginx is there; installs it where it may (root on Debian). */
export function findNginx(): boolean {
  if (existsSync(program)) return true;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error !== undefined) return false;
  spawnSync('apt-get', ['update'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', 'nginx-light'], { stdio: 'ignore' });
  spawnSync('service', ['nginx', 'stop'], { stdio: 'ignore' });
  return existsSync(program);
}

/** nginx that asks an oauth2-proxy beside it about every request (`auth_request`); both are measured. */
export async function startNginx(
  stage: Stage,
  ports: { readonly port: number; readonly oauth2ProxyPort: number },
  oauth2Proxy: string,
): Promise<Contender> {
  const beside = await runOauth2Proxy(stage, {
    program: oauth2Proxy,
    port: ports.oauth2ProxyPort,
    upstream: 'static://202',
    origin: originOf(stage, ports.port),
    more: ['--reverse-proxy=true', '--set-xauthrequest=true'],
  });
  const folder = join(stage.folder, 'nginx');
  mkdirSync(folder);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(stage, folder, ports));
  const child = spawn(program, ['-c', file, '-p', folder, '-g', 'daemon off;'], { stdio: 'inherit' });
  stage.keep({ stop: () => stopChild(child) });
  await waitForPort(ports.port);
  return signedIn(stage, {
    name: 'nginx auth_request + oauth2-proxy',
    port: ports.port,
    pids: [child.pid ?? 0, beside.pid ?? 0],
    stop: () => stopChild(child),
  });
}

function configuration(
  { isTls, upstream, certificates }: Stage,
  folder: string,
  { port, oauth2ProxyPort }: { readonly port: number; readonly oauth2ProxyPort: number },
): string {
  const { protocol, host } = new URL(upstream);
  const { certificate, key } = certificates.server;
  return `pid ${folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_buffer_size 16k;
  proxy_buffers 8 16k;
  upstream app { server ${host}; keepalive 64; keepalive_requests 1000000000; }
  upstream asked { server 127.0.0.1:${oauth2ProxyPort}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port}${isTls ? ' ssl' : ''};
    ${isTls ? `ssl_certificate ${certificate}; ssl_certificate_key ${key};` : ''}
    location /oauth2/ {
      proxy_pass http://asked;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Auth-Request-Redirect $request_uri;
    }
    location = /oauth2/auth {
      internal;
      proxy_pass http://asked;
      proxy_set_header X-Forwarded-Uri $request_uri;
      proxy_set_header Content-Length "";
      proxy_pass_request_body off;
    }
    location / {
      auth_request /oauth2/auth;
      error_page 401 = /oauth2/start?rd=$request_uri;
      auth_request_set $user $upstream_http_x_auth_request_user;
      proxy_set_header X-User $user;
      proxy_pass ${protocol}//app;
    }
  }
}
`;
}
