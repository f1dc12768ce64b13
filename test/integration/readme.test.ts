import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
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
  write('postern.yaml', /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '');
});

afterAll(() => rm(folder, { recursive: true }));

describe('the README', () => {
  test('has a configuration that loads as it stands', async () => {
    const ports = { readFile: readBoundedFile, env: { OIDC_CLIENT_SECRET: 'c'.repeat(32) }, now: Date.now };
    const result = await loadConfiguration(join(folder, 'postern.yaml'), ports);
    expect(result).toMatchObject({ outcome: 'loaded', warnings: [] });
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
