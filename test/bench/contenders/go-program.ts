import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const oauth2ProxyVersion = '7.15.6';

/** The Go compiler, where there is one. */
function findGo(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((go) => spawnSync(go, ['version']).status === 0);
}

/**
 * oauth2-proxy, built once from the Go module proxy into the cache of whoever runs the bench: minutes. `undefined` where
 * there is no Go, or it could not be built.
 */
export function findOauth2Proxy(say: (progress: string) => void): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'postern-bench', `oauth2-proxy-${oauth2ProxyVersion}`);
  const program = join(folder, 'oauth2-proxy');
  if (existsSync(program)) return program;
  const go = findGo();
  if (go === undefined) return undefined;
  say(`Building oauth2-proxy ${oauth2ProxyVersion} into ${folder} …`);
  const built = spawnSync(go, ['install', `github.com/oauth2-proxy/oauth2-proxy/v7@v${oauth2ProxyVersion}`], {
    env: { ...process.env, GOBIN: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return built.status === 0 ? program : undefined;
}

/** Builds one file of Go into a folder; `undefined` where that cannot be. */
export function buildGo(source: string, folder: string): string | undefined {
  const go = findGo();
  if (go === undefined) return undefined;
  const program = join(folder, 'go-program');
  const built = spawnSync(go, ['build', '-o', program, source], { stdio: ['ignore', 'ignore', 'inherit'] });
  return built.status === 0 ? program : undefined;
}
