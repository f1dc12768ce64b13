import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../src/config/load-configuration.ts';
import { baseConfiguration, basePorts } from '../support/config-files.ts';
import { resolverOf } from '../support/segment-resolver.ts';
import { freePort, startWorld, type World } from '../support/world.ts';

let world: World;
let adminPort: number;
const names: Record<string, string[]> = {};

const route = (name: string, to: string, more = '') => `  - name: ${name}
    from: https://${name}.localhost:TLS_PORT
    to: ${to}
    allow_plaintext_upstream: true
    public: true
${more}`;

beforeEach(async () => {
  adminPort = await freePort();
  world = await startWorld({
    hosts: ['loop', 'inside', 'wide'],
    routes: [
      route('loop', 'https://loop.internal:TLS_PORT'),
      route('inside', `http://loop.internal:${adminPort}`),
      route('wide', `http://loop.internal:${adminPort}`, '    segment: everything\n'),
    ].join(''),
    extra: 'segments: { everything: { upstreams: [0.0.0.0/0, "::/0", 127.0.0.1] } }',
    edit: (yaml) => yaml.replace('listen: "127.0.0.1:0"', `listen: "127.0.0.1:${adminPort}"`),
    upstreams: { lookup: resolverOf(names) },
  });
});

afterEach(() => world.close());

const ownAddresses = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .map(({ address }) => address)
  .filter((address) => !address.startsWith('fe80'));

describe('a route whose upstream’s name resolves to this machine', () => {
  test.each(['loop', 'inside', 'wide'])(
    '%s: reaches no listener of Postern, whichever address it takes',
    async (host) => {
      for (const address of new Set([...ownAddresses, '127.0.0.9', '::ffff:127.0.0.1', '::1'])) {
        names['loop.internal'] = [address];
        const answer = await world.browser().send(world.url(host, '/metrics'), {
          headers: { accept: 'application/json' },
        });
        expect([address, answer.status]).toEqual([address, 502]);
        const id = String(answer.headers['postern-decision-id']);
        const found = await world.admin(`/api/v1/decisions/${id}`);
        expect(JSON.parse(found.body).event).toMatchObject({
          reason: 'upstream_unreachable',
          detail: expect.stringMatching(
            /was not dialled: \S+ (with port \d+ is a listener of Postern itself|leads to|is outside)/,
          ),
        });
      }
    },
  );

  test('reaches the app all the same: only the ports of Postern are closed', async () => {
    expect((await world.browser().send(world.url('public'))).status).toBe(200);
  });
});

test.each([
  'https://127.0.0.1:8443',
  'https://127.9.9.9:8443',
  'https://[::1]:9443',
  'https://[::ffff:127.0.0.1]:9443',
])('an upstream %s that is a listener of the file is not even loaded', async (to) => {
  const text = baseConfiguration.replace('https://10.0.0.5:8443', to);
  const result = await compileConfiguration(text, await basePorts(), { file: 'postern.yaml', folder: '/etc/postern' });
  expect(result.outcome === 'refused' && result.problems.map(({ code, at }) => [code, at.line])).toEqual([
    ['P046', 27],
  ]);
});
