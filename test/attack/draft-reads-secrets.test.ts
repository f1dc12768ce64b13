import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reloadFrom } from '../../src/compose/reload-from.ts';
import type { LoadPorts, LoadResult } from '../../src/config/load-configuration.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { loadConfigurationInBackground } from '../../src/config/load-in-background.ts';
import { openParcel, recordContents } from '../../src/config/reload/configuration-parcel.ts';
import { runCommandLine } from '../support/command-line.ts';
import { baseConfiguration } from '../support/config-files.ts';

/** What somebody proposes: every reference and file names what this machine keeps secret, or what is not there. */
const proposed = `${baseConfiguration
  .replace('file:token', 'file:/etc/shadow')
  .replace('{ X-Env: prod }', `{ X-Env: "\${file:/root/.ssh/id_rsa}" }`)
  .replace('to: https://10.0.0.5:8443', 'to: https://10.0.0.5:8443\n    tls_custom_ca_file: /etc/machine-id')}
tests:
  - name: contractors reach the wiki
    given: { groups: [contractors], risk: 0 }
    request: { path: / }
    accept: [wiki]
`;

describe('a configuration that somebody proposes', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-draft-'));
    file = join(folder, 'draft.yaml');
    writeFileSync(file, proposed);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Ports that note every file and variable that is asked for. */
  function watching(): { readonly ports: LoadPorts; readonly asked: string[] } {
    const asked: string[] = [];
    const ports: LoadPorts = {
      now: () => 0,
      env: new Proxy({}, { get: (_, name) => void asked.push(`env ${String(name)}`) }),
      readFile: async (path) => {
        asked.push(path);
        if (path === file) return Buffer.from(proposed);
        throw Object.assign(new Error('No.'), { code: 'EACCES' });
      },
    };
    return { ports, asked };
  }

  const loads: readonly (readonly [title: string, load: (ports: LoadPorts) => Promise<LoadResult>])[] = [
    ['in a command', (ports) => loadConfiguration(file, ports, { isDraft: true })],
    ['in a server', (ports) => loadConfigurationInBackground(file, ports, { isDraft: true })],
    ['in a thread', (ports) => loadConfigurationInBackground(file, ports, { isDraft: true, directBytes: 0 })],
    [
      'as a shadow',
      async (ports) => {
        const first = await loadConfiguration(file, ports, { isDraft: true });
        if (first.outcome === 'refused') return first;
        return reloadFrom({ file, ports, first: undefined as never }).loadOther(file);
      },
    ],
    [
      'as a shadow in a worker',
      async (ports) => {
        const recorded = recordContents(ports);
        const loaded = await reloadFrom({ file, ports: recorded.ports, first: undefined as never }).loadOther(file);
        if (loaded.outcome === 'refused') return loaded;
        const { hash } = loaded.snapshot;
        const parcel = { hash, file, source: { kind: 'file' } as const, isDraft: true, files: recorded.files };
        return { outcome: 'loaded', snapshot: await openParcel(parcel, ports), warnings: [] };
      },
    ],
  ];

  test.each(loads)('opens no file and reads no variable %s', async (_title, load) => {
    const { ports, asked } = watching();
    const loaded = await load(ports);
    expect(loaded.outcome === 'refused' ? loaded.problems : []).toEqual([]);
    expect(loaded.outcome === 'loaded' && loaded.snapshot.routes.map(({ name }) => name)).toEqual(['payroll', 'wiki']);
    expect([...new Set(asked)]).toEqual([file]);
  });

  test.each([
    ['validate', '--draft'],
    ['test'],
    ['whatif', '--app', 'wiki', '--user', 'ada@corp.example', '--groups', 'staff', '--risk', '0', '--config'],
    ['can', '--app', 'wiki', '--user', 'ada@corp.example', '--groups', 'staff', '--risk', '0', '--config'],
    [
      'whatif',
      '--app',
      'wiki',
      '--user',
      'ada@corp.example',
      '--groups',
      'staff',
      '--risk',
      '0',
      '--save-test',
      '--config',
    ],
  ])('can be asked with: postern %s %s', async (...args) => {
    const env = new Proxy({}, { get: (_, name) => fail(String(name)) });
    const { code, stdout, stderr } = await runCommandLine([...args, file], { env });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(stdout).not.toContain('root:');
    writeFileSync(file, proposed);
  });

  test('is read when it shall run: then what is missing is an error', async () => {
    const { ports, asked } = watching();
    const loaded = await loadConfiguration(file, ports);
    const codes = loaded.outcome === 'refused' ? loaded.problems.map(({ code }) => code) : [];
    expect(codes).toEqual(expect.arrayContaining(['P030', 'P033']));
    expect(asked).toContain('/etc/shadow');
  });
});

function fail(name: string): never {
  throw new Error(`The variable ${name} was read.`);
}
