import type { Configuration } from '../schema/configuration-schema.ts';

type Provider = Configuration['devices']['providers'][number];
type Preset = Pick<Provider, 'match' | 'items' | 'as_of' | 'facts' | 'paging' | 'headers'> & {
  /** Where the product is, when it is in one place. */
  readonly server?: string;
  /** The list, below the server. */
  readonly path: string;
};

/** Where the lists of products have what, by their documentation of 2025-26. Each key of the file replaces one here. */
export const devicePresets: Readonly<Record<NonNullable<Provider['preset']>, Preset>> = {
  fleet: {
    path: '/api/v1/fleet/hosts',
    items: 'hosts',
    match: 'hardware_serial',
    as_of: 'detail_updated_at',
    facts: {
      disk_encrypted: 'disk_encryption_enabled',
      os_version: { path: 'os_version', type: 'version' },
      platform: 'platform',
      failing_policies: 'issues.failing_policies_count',
    },
    paging: { by: 'page', param: 'page', size_param: 'per_page', size: 100, first: 0 },
    headers: {},
  },
  intune: {
    server: 'https://graph.microsoft.com',
    path: '/v1.0/deviceManagement/managedDevices',
    items: 'value',
    match: 'serialNumber',
    as_of: 'lastSyncDateTime',
    facts: {
      disk_encrypted: 'isEncrypted',
      os_version: { path: 'osVersion', type: 'version' },
      platform: 'operatingSystem',
      compliant: { path: 'complianceState', equals: ['compliant'] },
    },
    paging: { by: 'next', path: '@odata\\.nextLink', size: 100, first: 0 },
    headers: {},
  },
  jamf: {
    path: '/api/v1/computers-inventory?section=GENERAL&section=HARDWARE&section=OPERATING_SYSTEM&section=SECURITY',
    items: 'results',
    match: 'hardware.serialNumber',
    as_of: 'general.reportDate',
    facts: {
      disk_encrypted: { path: 'operatingSystem.fileVault2Status', equals: ['ALL_ENCRYPTED', 'BOOT_ENCRYPTED'] },
      firewall: 'security.firewallEnabled',
      sip: { path: 'security.sipStatus', equals: ['ENABLED'] },
      os_version: { path: 'operatingSystem.version', type: 'version' },
      managed: 'general.remoteManagement.managed',
    },
    paging: { by: 'page', param: 'page', size_param: 'page-size', size: 100, first: 0 },
    headers: {},
  },
  crowdstrike: {
    path: '/zero-trust-assessment/queries/assessments/v1?filter=score%3A%3E%3D0',
    items: 'resources',
    match: 'aid',
    as_of: undefined,
    facts: { zta_score: { path: 'score', type: 'number' } },
    paging: { by: 'cursor', param: 'after', path: 'meta.pagination.after', size_param: 'limit', size: 1000, first: 0 },
    headers: {},
  },
  kolide: {
    server: 'https://api.kolide.com',
    path: '/devices',
    items: 'data',
    match: 'serial',
    as_of: 'last_seen_at',
    facts: {
      kolide_ok: { path: 'auth_state', equals: ['Good', 'Notified'] },
      kolide_state: 'auth_state',
      os_version: { path: 'operating_system', type: 'version' },
    },
    paging: {
      by: 'cursor',
      param: 'cursor',
      path: 'pagination.next_cursor',
      size_param: 'per_page',
      size: 100,
      first: 0,
    },
    headers: { 'x-kolide-api-version': '2023-05-26' },
  },
};
