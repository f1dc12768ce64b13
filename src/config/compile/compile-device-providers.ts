import type { Configuration } from '../schema/configuration-schema.ts';
import type { DevicePaging, DeviceProvider, FactMapping } from '../snapshot.ts';
import { parseJsonPath } from '../values/json-path.ts';
import { devicePresets } from './device-presets.ts';

type Provider = Configuration['devices']['providers'][number];

/** Compiles the providers whose lists are read. Those of reports need nothing: devices report when they like. */
export function compileDeviceProviders({ providers }: Configuration['devices']): readonly DeviceProvider[] {
  return providers.flatMap((provider) => (provider.type === 'http' ? [compileProvider(provider)] : []));
}

function compileProvider(provider: Provider): DeviceProvider {
  const preset = provider.preset === undefined ? undefined : devicePresets[provider.preset];
  const { token, oauth } = provider;
  return {
    id: provider.id,
    url: listOf(provider.url, preset),
    refreshMs: provider.refresh,
    match: parseJsonPath(provider.match ?? preset?.match ?? ''),
    items: parseJsonPath(provider.items ?? preset?.items ?? ''),
    asOf: optionalPath(provider.as_of ?? preset?.as_of),
    facts: new Map(
      Object.entries({ ...preset?.facts, ...provider.facts }).map(([name, fact]) => [name, mappingOf(fact)]),
    ),
    paging: pagingOf(provider.paging ?? preset?.paging),
    headers: { ...preset?.headers, ...provider.headers },
    ...(token === undefined ? {} : { token }),
    ...(oauth === undefined
      ? {}
      : {
          oauth: {
            tokenUrl: oauth.token_url,
            clientId: oauth.client_id,
            clientSecret: oauth.client_secret,
            scope: oauth.scope,
          },
        }),
  };
}

/** With a preset, a url without a path is the server of the product, and one with a path the list itself. */
function listOf(
  url: string | undefined,
  preset: { readonly server?: string; readonly path: string } | undefined,
): string {
  if (preset === undefined) return url ?? '';
  const server = url ?? preset.server ?? '';
  return new URL(server).pathname === '/' ? new URL(preset.path, server).href : server;
}

function optionalPath(path: string | undefined): readonly string[] | undefined {
  return path === undefined ? undefined : parseJsonPath(path);
}

function mappingOf(fact: NonNullable<Provider['facts']>[string]): FactMapping {
  if (typeof fact === 'string') return { path: parseJsonPath(fact), type: undefined, equals: undefined };
  return { path: parseJsonPath(fact.path), type: fact.type, equals: fact.equals };
}

function pagingOf(paging: Provider['paging']): DevicePaging {
  if (paging === undefined) return { by: 'none' };
  const { by, param, path, size, size_param: sizeParam, first } = paging;
  const sized = { size, sizeParam };
  switch (by) {
    case 'page':
      return { by, param: param ?? 'page', first, ...sized };
    case 'cursor':
      return { by, param: param ?? 'cursor', path: parseJsonPath(path ?? ''), ...sized };
    case 'next':
      return { by, path: parseJsonPath(path ?? ''), ...sized };
    case 'link':
      return { by, ...sized };
  }
}
