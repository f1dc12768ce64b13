import { devicePresets } from '../compile/device-presets.ts';
import type { KeyPath } from '../problem.ts';
import type { ConfigurationDraft } from '../schema/configuration-schema.ts';
import type { CheckContext } from './check-context.ts';
import { type Definitions, referenceHelp } from './check-references.ts';

/** Sources that are there without a provider, and words of provenance that a provider's id would be mistaken for. */
const builtIn = ['self', 'admin'];
const reserved = [...builtIn, 'connection', 'session', 'given'];

type ProviderDraft = NonNullable<NonNullable<NonNullable<ConfigurationDraft['devices']>['providers']>[number]>;

/** Each provider says all that reading it takes and nothing that would not count; postures name sources that there are. */
export function checkDevices(context: CheckContext): void {
  const { draft, reporter } = context;
  const ids: Map<string, KeyPath> = new Map(builtIn.map((name) => [name, ['devices']]));
  let hasReports = false;
  for (const [index, provider] of (draft.devices?.providers ?? []).entries()) {
    if (provider === undefined) continue;
    const path: KeyPath = ['devices', 'providers', index];
    const { id } = provider;
    if (id !== undefined) {
      if (reserved.includes(id))
        reporter.report([...path, 'id'], 'P045', `"${id}" is a source of its own`, { help: 'use another id' });
      else if (ids.has(id))
        reporter.report([...path, 'id'], 'P022', `there is already a provider of devices "${id}"`, {
          help: 'ids must be unique',
        });
      ids.set(id, [...path, 'id']);
    }
    if (provider.type === 'report') {
      if (hasReports)
        reporter.report([...path, 'type'], 'P045', 'devices report in one way', {
          help: 'keep one provider of reports',
        });
      hasReports = true;
      checkReport(context, provider, path);
    }
    if (provider.type === 'http') checkHttp(context, provider, path);
  }
  checkSources(context, ids);
}

/** Keys of a list mean nothing for reports: whoever wrote them expects something that does not happen. */
function checkReport({ reporter }: CheckContext, provider: ProviderDraft, path: KeyPath): void {
  for (const key of Object.keys(provider)) {
    if (['id', 'type', 'refresh', 'headers'].includes(key)) continue;
    reporter.report([...path, key], 'P045', `reports have no ${key}`, {
      on: 'key',
      help: 'remove it, or write type: http',
    });
  }
}

function checkHttp({ reporter }: CheckContext, provider: ProviderDraft, path: KeyPath): void {
  const preset = provider.preset === undefined ? undefined : devicePresets[provider.preset];
  if (reporter.hasError([...path, 'preset'])) return;
  const missing = (key: 'url' | 'match' | 'facts', help: string): void => {
    if (reporter.hasError([...path, key])) return;
    reporter.report(path, 'P007', `the provider "${provider.id ?? ''}" needs ${key}`, { help });
  };
  if (provider.url === undefined && preset?.server === undefined)
    missing('url', 'add url: the list, or with a preset the server');
  if (provider.match === undefined && preset === undefined)
    missing('match', 'add match: where the device id stands in an item, for example serial');
  if (provider.facts === undefined && preset === undefined)
    missing('facts', 'add facts: { disk_encrypted: path.in.the.item }');
  const { paging } = provider;
  if (
    (paging?.by === 'cursor' || paging?.by === 'next') &&
    paging.path === undefined &&
    !reporter.hasError([...path, 'paging', 'path'])
  )
    reporter.report([...path, 'paging'], 'P007', `paging by ${paging.by} needs path`, {
      help: `add path: where the ${paging.by === 'next' ? 'link' : 'cursor'} stands in the body`,
    });
  if (provider.token !== undefined && provider.oauth !== undefined)
    reporter.report([...path, 'oauth'], 'P045', 'token and oauth are two ways to one thing', {
      on: 'key',
      help: 'keep one of them',
    });
}

function checkSources(context: CheckContext, ids: Definitions): void {
  const { draft, reporter } = context;
  for (const [name, posture] of Object.entries(draft.postures ?? {})) {
    for (const [at, source] of (posture?.sources ?? []).entries()) {
      if (source === undefined || ids.has(source)) continue;
      reporter.report(['postures', name, 'sources', at], 'P021', `no source named "${source}"`, {
        help: () => referenceHelp(context, 'source', source, ids),
      });
    }
  }
}
