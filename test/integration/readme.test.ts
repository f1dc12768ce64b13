import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { places } from '../../src/cli/init/places.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { readBoundedFile } from '../../src/config/source/read-bounded-file.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-readme-'));
  const write = (path: string, text: string | Buffer) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  };
  const hosts = ['auth.corp.example', 'payroll.corp.example'];
  const { server } = await makeDevelopmentCertificates(join(folder, 'made'), { hosts, apps: [], devices: [] });
  write('certs/server.crt', readFileSync(server.certificate));
  write('certs/server.key', readFileSync(server.key));
  write('secrets/admin_token', 'a'.repeat(44));
  write('secrets/state_key', 'b'.repeat(44));
  write('secrets/client_secret', 'c'.repeat(32));
  write('postern.yaml', /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '');
});

afterAll(() => rm(folder, { recursive: true }));

describe('the README', () => {
  test('has a configuration that loads as it stands', async () => {
    const ports = { readFile: readBoundedFile, env: {}, now: Date.now };
    const result = await loadConfiguration(join(folder, 'postern.yaml'), ports);
    expect(result).toMatchObject({ outcome: 'loaded', warnings: [] });
  });

  test('runs the image over the folder that init made: state and trail where it may write, the rest where it reads', () => {
    const [, line = ''] = /(docker run [\s\S]*?)\n```/.exec(readme) ?? [];
    const mounts = [...line.matchAll(/-v (\S+?):(\/[^\s:]+)(:ro)?/g)].map(([, from, to, mode]) => [from, to, mode]);
    expect(mounts).toEqual([
      ['~/postern', '/etc/postern', ':ro'],
      [`~/postern/${places.data}`, `/etc/postern/${places.data}`, undefined],
    ]);
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`CMD ["run", "-c", "/etc/postern/${places.configuration}"]`);
    expect(line).toContain('-p 443:8443 ');
    // The secrets are for their owner alone, so the image's own user could not read them.
    expect(line).toContain('--user "$(id -u):$(id -g)"');
    expect(dockerfile.replace(/\n# */g, ' ')).toContain(line.match(/-v .*/)?.[0]);
  });

  test('links to pages that are there', () => {
    const links = [...readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map(([, path = '']) => path);
    const missing = links.filter((path) => {
      try {
        readFileSync(join(root, path));
        return false;
      } catch {
        return true;
      }
    });
    expect(missing.filter((path) => !path.startsWith('docs/images/'))).toEqual([]);
  });
});
