import { beforeAll, describe, expect, test } from '@jest/globals';
import { compileConfiguration, type LoadPorts } from '../../../src/config/load-configuration.ts';
import { renderProblems } from '../../../src/config/render-problems.ts';
import type { DeviceProvider } from '../../../src/config/snapshot.ts';
import { readItem } from '../../../src/devices/providers/read-item.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';

let ports: LoadPorts;
beforeAll(async () => {
  ports = await basePorts();
});

const load = (more: string, base = baseConfiguration) =>
  compileConfiguration(`${base}${more}`, ports, { folder: '/etc/postern', file: 'p.yaml' });

async function problemsOf(more: string, base?: string): Promise<string> {
  const result = await load(more, base);
  return renderProblems(result.outcome === 'refused' ? result.problems : result.warnings);
}

async function providersOf(...lines: readonly string[]): Promise<readonly DeviceProvider[]> {
  const result = await load(`devices:\n  providers:\n${lines.map((line) => `    - ${line}\n`).join('')}`);
  if (result.outcome === 'refused') throw new Error(renderProblems(result.problems));
  return result.snapshot.deviceProviders ?? [];
}

const http =
  'id: fleet, type: http, url: "https://fleet.corp.example/list", match: serial, facts: { disk_encrypted: enc }';

describe('providers of devices', () => {
  test('are compiled with their paths, and a provider of reports reads nothing', async () => {
    const providers = await providersOf(
      '{ id: agent, type: report }',
      `{ ${http}, refresh: 10m, items: a.b, as_of: seen, token: "\${file:token}", headers: { X-Team: it }, paging: { by: next, path: '@odata\\.nextLink' } }`,
    );
    expect(providers).toHaveLength(1);
    expect(providers[0]).toMatchObject({
      id: 'fleet',
      refreshMs: 600_000,
      match: ['serial'],
      items: ['a', 'b'],
      asOf: ['seen'],
      token: 't'.repeat(40),
      headers: { 'x-team': 'it' },
      paging: { by: 'next', path: ['@odata.nextLink'] },
    });
  });

  test('whose type is report stand for the source self in postures', async () => {
    const base = baseConfiguration.replace('max_age: 24h\n', 'max_age: 24h\n    sources: [agent, admin]\n');
    const result = await load('devices: { providers: [{ id: agent, type: report }] }\n', base);
    if (result.outcome === 'refused') throw new Error(renderProblems(result.problems));
    expect(result.snapshot.postures.get('managed-laptop')?.sources).toEqual(['self', 'admin']);
  });

  test.each([
    ['a token in the file', `{ ${http}, token: hunter2-hunter2 }`, /P031/],
    [
      'a client secret in the file',
      `{ ${http}, oauth: { token_url: "https://l.example/t", client_id: a, client_secret: hunter2 } }`,
      /P031/,
    ],
    ['plain http to another machine', `{ ${http.replace('https:', 'http:')} }`, /P015.*is not https/s],
    [
      'a password in the address',
      `{ ${http.replace('https://', 'https://me:pw@')} }`,
      /P015.*not the address of an API/s,
    ],
    ['another file system', `{ ${http.replace('https://fleet.corp.example/list', 'file:///etc/passwd')} }`, /P015/],
    ['no match', `{ ${http.replace(' match: serial,', '')} }`, /P007.*needs match/s],
    ['no facts', `{ ${http.replace(', facts: { disk_encrypted: enc }', '')} }`, /P007.*needs facts/s],
    ['no url', '{ id: jamf, type: http, preset: jamf }', /P007.*needs url/s],
    ['paging without the place of the cursor', `{ ${http}, paging: { by: cursor } }`, /P007.*needs path/s],
    [
      'two credentials',
      `{ ${http}, token: "\${file:token}", oauth: { token_url: "https://l.example/t", client_id: a, client_secret: "\${file:token}" } }`,
      /P045.*two ways/s,
    ],
    ['a list of reports', '{ id: agent, type: report, url: "https://a.example/" }', /P045.*reports have no url/s],
    ['the id of a source of its own', `{ ${http.replace('id: fleet', 'id: admin')} }`, /P045.*source of its own/s],
    [
      'a fact that no posture could name',
      `{ ${http.replace('disk_encrypted:', 'Disk-Encrypted:')} }`,
      /not the name of a fact/,
    ],
    ['an unknown key', `{ ${http}, refesh: 5m }`, /P001.*refesh/s],
  ])('with %s are refused', async (_, line, expected) => {
    expect(await problemsOf(`devices:\n  providers:\n    - ${line}\n`)).toMatch(expected);
  });

  test('have ids of their own, and a posture can only demand one that there is', async () => {
    expect(await problemsOf(`devices: { providers: [{ ${http} }, { ${http} }] }\n`)).toMatch(/P022.*"fleet"/s);
    const base = baseConfiguration.replace('max_age: 24h\n', 'max_age: 24h\n    sources: [fleat]\n');
    const problems = await problemsOf(`devices: { providers: [{ ${http} }] }\n`, base);
    expect(problems).toMatch(/P021.*no source named "fleat"/s);
    expect(problems).toContain('did you mean "fleet"');
  });
});

/** Fakes by the documented shapes of the products' answers; none of them was asked. */
const now = Date.UTC(2026, 0, 5, 9);
const seen = '2026-01-05T08:00:00Z';
const items: Readonly<
  Record<string, { readonly line: string; readonly url: string; readonly item: object; readonly facts: object }>
> = {
  fleet: {
    line: 'url: "https://fleet.corp.example"',
    url: 'https://fleet.corp.example/api/v1/fleet/hosts',
    item: {
      id: 1,
      hardware_serial: 'ada',
      os_version: 'macOS 14.2.1',
      platform: 'darwin',
      disk_encryption_enabled: true,
      detail_updated_at: seen,
      issues: { failing_policies_count: 2 },
    },
    facts: { disk_encrypted: true, os_version: '14.2.1', platform: 'darwin', failing_policies: 2 },
  },
  intune: {
    line: 'refresh: 10m',
    url: 'https://graph.microsoft.com/v1.0/deviceManagement/managedDevices',
    item: {
      id: 'x',
      serialNumber: 'ada',
      isEncrypted: true,
      osVersion: '10.0.22631.4602',
      operatingSystem: 'Windows',
      complianceState: 'noncompliant',
      lastSyncDateTime: seen,
    },
    facts: { disk_encrypted: true, os_version: '10.0.22631.4602', platform: 'Windows', compliant: false },
  },
  jamf: {
    line: 'url: "https://corp.jamfcloud.com/"',
    url: 'https://corp.jamfcloud.com/api/v1/computers-inventory?section=GENERAL&section=HARDWARE&section=OPERATING_SYSTEM&section=SECURITY',
    item: {
      id: '1',
      general: { name: 'iMac', reportDate: seen, lastContactTime: seen, remoteManagement: { managed: true } },
      hardware: { serialNumber: 'ada' },
      operatingSystem: { version: '14.6', fileVault2Status: 'NOT_ENCRYPTED' },
      security: { firewallEnabled: true, sipStatus: 'ENABLED' },
    },
    facts: { disk_encrypted: false, firewall: true, sip: true, os_version: '14.6', managed: true },
  },
  crowdstrike: {
    line: 'url: "https://api.eu-1.crowdstrike.com"',
    url: 'https://api.eu-1.crowdstrike.com/zero-trust-assessment/queries/assessments/v1?filter=score%3A%3E%3D0',
    item: { aid: 'ada', score: 87 },
    facts: { zta_score: 87 },
  },
  kolide: {
    line: 'refresh: 10m',
    url: 'https://api.kolide.com/devices',
    item: {
      id: '1',
      serial: 'ada',
      auth_state: 'Will Block',
      operating_system: 'macOS 15.7.3 Sequoia',
      last_seen_at: seen,
    },
    facts: { kolide_ok: false, kolide_state: 'Will Block', os_version: '15.7.3' },
  },
};

describe('the preset', () => {
  test.each(Object.entries(items))(
    '%s knows where the list is and what stands where in it',
    async (preset, { line, url, item, facts }) => {
      const [provider] = await providersOf(`{ id: it, type: http, preset: ${preset}, ${line} }`);
      if (provider === undefined) throw new Error('There is no provider.');
      expect(provider.url).toBe(url);
      const listed = readItem(item, provider, now);
      if (listed === 'no_device') throw new Error('The item is no device.');
      expect([listed.deviceId, Object.fromEntries(listed.facts)]).toEqual(['ada', facts]);
      expect(listed.asOfMs).toBe(preset === 'crowdstrike' ? now : Date.parse(seen));
    },
  );

  test('gives way to what the file says', async () => {
    const [provider] = await providersOf(
      '{ id: it, type: http, preset: kolide, url: "https://kolide.corp.example/v2/list", match: hardware_uuid, facts: { note: note } }',
    );
    expect(provider).toMatchObject({ url: 'https://kolide.corp.example/v2/list', match: ['hardware_uuid'] });
    expect([...(provider?.facts.keys() ?? [])]).toEqual(['kolide_ok', 'kolide_state', 'os_version', 'note']);
  });
});
