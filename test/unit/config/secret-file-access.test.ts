import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LoadPorts, loadConfiguration } from '../../../src/config/load-configuration.ts';
import { loadConfigurationInBackground } from '../../../src/config/load-in-background.ts';
import { type FileAccess, readFileAccess } from '../../../src/config/source/file-access.ts';
import { listFolder, readBoundedFile } from '../../../src/config/source/read-bounded-file.ts';
import { baseConfiguration, basePorts, configurationTime, makePair } from '../../support/config-files.ts';

const file = '/etc/postern/postern.yaml';
const text = baseConfiguration.replace(`"\${env:STATE_KEY}"`, `"\${file:secrets/state key}"`);
const own = { isOwn: true, isMountedSecret: false };

/** What the person reads about files with these modes; every other file is private. */
async function warningsOf(
  modes: Readonly<Record<string, Partial<FileAccess> | undefined>>,
  options: { readonly isDraft?: boolean } = {},
): Promise<readonly string[]> {
  const base = await basePorts({ 'postern.yaml': text, 'secrets/state key': 'k'.repeat(44) });
  const asked: string[] = [];
  const ports: LoadPorts = {
    ...base,
    lookAtFile: async (path) => {
      asked.push(path);
      const name = path.replace('/etc/postern/', '');
      return name in modes && modes[name] === undefined ? undefined : { mode: 0o400, ...own, ...modes[name] };
    },
  };
  const result = await loadConfiguration(file, ports, options);
  expect(new Set(asked).size).toBe(asked.length);
  return (result.outcome === 'loaded' ? result.warnings : result.problems).map(
    ({ code, at, message, help }) => `${code} ${at.line} ${message} | ${help}`,
  );
}

describe('a secret that others can read', () => {
  test('is told with its path, its mode and what to type', async () => {
    expect(await warningsOf({ token: { mode: 0o644 }, 'secrets/state key': { mode: 0o666 } })).toEqual([
      'P117 7 others on this machine can read token (mode 0644) | chmod 0400 /etc/postern/token',
      "P117 8 others on this machine can read and change secrets/state key (mode 0666) | chmod 0400 '/etc/postern/secrets/state key'",
    ]);
  });

  test('may be a private key', async () => {
    expect(await warningsOf({ 'server.key': { mode: 0o640 } })).toEqual([
      'P117 5 others on this machine can read server.key (mode 0640) | chmod 0400 /etc/postern/server.key',
    ]);
  });

  test('that is another user’s is first given to the user that runs Postern', async () => {
    expect(await warningsOf({ token: { mode: 0o604, isOwn: false } })).toEqual([
      'P117 7 others on this machine can read token (mode 0604) | give it to the user that runs Postern (chown), then: chmod 0400 /etc/postern/token',
    ]);
  });

  test.each<[string, Partial<FileAccess> | undefined]>([
    ['is private', { mode: 0o600 }],
    ['is its owner’s, and Postern reads it by its group', { mode: 0o640, isOwn: false }],
    ['was mounted for a container', { mode: 0o644, isMountedSecret: true }],
    ['is on a system without modes', undefined],
  ])('is not what %s', async (_, access) => {
    expect(await warningsOf({ token: access })).toEqual([]);
  });

  test('is its group’s to change too', async () => {
    expect(await warningsOf({ token: { mode: 0o660, isOwn: false } })).toHaveLength(1);
  });

  test('is no business of a draft, which opens no file', async () => {
    expect(await warningsOf({ token: { mode: 0o666 } }, { isDraft: true })).toEqual([]);
  });
});

describe('with real files', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-access-'));
    const pair = await makePair(['auth.corp.example', 'payroll.corp.example', 'wiki.corp.example']);
    await writeFile(join(folder, 'postern.yaml'), baseConfiguration);
    await writeFile(join(folder, 'server.crt'), pair.certificate);
    await writeFile(join(folder, 'server.key'), pair.key, { mode: 0o600 });
    await writeFile(join(folder, 'secret'), 't'.repeat(44), { mode: 0o600 });
    await symlink('secret', join(folder, 'token'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([loadConfiguration, loadConfigurationInBackground])(
    '%p follows a link to the file that counts',
    async (load) => {
      const ports: LoadPorts = {
        readFile: readBoundedFile,
        lookAtFile: readFileAccess,
        listFolder,
        env: { STATE_KEY: 'k'.repeat(44), CLIENT_SECRET: 'a secret of the client' },
        now: () => configurationTime,
      };
      const codes = async () => {
        const result = await load(join(folder, 'postern.yaml'), ports, { directBytes: 0 } as object);
        return result.outcome === 'loaded' ? result.warnings.map(({ code }) => code) : result.problems;
      };
      expect(await codes()).toEqual([]);
      await chmod(join(folder, 'secret'), 0o644);
      expect(await codes()).toEqual(['P117']);
      await chmod(join(folder, 'secret'), 0o600);
    },
  );

  test('a file that is not there is not looked at', async () => {
    await expect(readFileAccess(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFileAccess(join(folder, 'secret'))).toEqual({ mode: 0o600, isOwn: true, isMountedSecret: false });
  });
});
