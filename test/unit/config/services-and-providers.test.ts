import { expect, test } from '@jest/globals';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';
import { facts } from '../../support/judgement-policy.ts';

const two = baseConfiguration
  .replace(
    'postures:\n',
    `  - { id: vendor, issuer: "https://idp.vendor.example", client_id: postern, client_secret: "\${env:CLIENT_SECRET}" }
services: [{ id: exporter, token_hash: "sha256:${'a'.repeat(64)}" }]
postures:
`,
  )
  .replace('        groups: [finance]\n', '        provider: corp\n        groups: [finance]\n');

const load = async (allow: string) =>
  compileConfiguration(two.replace('allow: [{ id: everyone }]', `allow: [${allow}]`), await basePorts(), {
    file: 'postern.yaml',
    folder: '/etc/postern',
  });

test('with several providers a grant for services names none, and opens to its service', async () => {
  const loaded = await load('{ id: machines, services: [exporter] }, { id: people, provider: vendor }');
  if (loaded.outcome === 'refused') throw new Error(JSON.stringify(loaded.problems));
  const policy = loaded.snapshot.routes[1]?.policy;
  if (policy === undefined) throw new Error('There is no route.');
  const asked = (serviceId: string) =>
    evaluate(policy, {
      ...facts(),
      person: undefined,
      authentication: undefined,
      service: { source: 'token', asOfMs: 0, serviceId, provedBy: 'token' } as never,
    }).outcome;
  expect([asked('exporter'), asked('another')]).toEqual(['allow', 'deny']);
});

test('a grant for people still does', async () => {
  const loaded = await load('{ id: people }');
  const errors = loaded.outcome === 'refused' ? loaded.problems.filter(({ severity }) => severity === 'error') : [];
  expect(errors).toMatchObject([{ code: 'P025' }]);
});
