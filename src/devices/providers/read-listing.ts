import type { DeviceProvider } from '../../config/snapshot.ts';
import type { FactValue } from '../device-fact.ts';
import type { AskProvider, ProviderAnswer, PullProblem } from './ask-provider.ts';
import type { ListedDevice } from './listed-device.ts';
import { nextPage } from './next-page.ts';
import { readItem, valueAt } from './read-item.ts';
import { readRetryAfter } from './retry-after.ts';

/** A list that was read from its first page to its last. */
export interface Listing {
  readonly outcome: 'read';
  readonly devices: ReadonlyMap<string, ListedDevice>;
  /** Items without a usable device id. */
  readonly skipped: number;
}

export interface ListingFailed {
  readonly outcome: 'failed';
  readonly problem: PullProblem;
  /** Completes "The provider … was not read: ". Holds nothing that the provider answered. */
  readonly why: string;
  /** What the provider asked for by `Retry-After`, from now. */
  readonly retryAfterMs?: number | undefined;
}

export interface ReadListingParts {
  readonly ask: AskProvider;
  /** Names and values of the headers with the credential; rejects never. */
  readonly credential: (signal: AbortSignal) => Promise<Readonly<Record<string, string>> | ListingFailed>;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Lets other work have its turn. */
  readonly breathe: () => Promise<void>;
}

const mostPages = 2_000;
const mostDevices = 200_000;

function failed(problem: PullProblem, why: string, retryAfterMs?: number): ListingFailed {
  return { outcome: 'failed', problem, why, retryAfterMs };
}

/**
 * Reads the whole list of a provider. One page that is missing, slow or garbage fails all of it: half a list would say of
 * the other half that it is gone. A list without devices is a failure as well; so it looks when a right was taken away.
 */
export async function readListing(provider: DeviceProvider, parts: ReadListingParts): Promise<Listing | ListingFailed> {
  const { ask, nowMs, signal, breathe } = parts;
  const credential = await parts.credential(signal);
  if (isFailure(credential)) return credential;
  const headers = { ...provider.headers, ...credential };
  const devices = new Map<string, ListedDevice>();
  const seen = new Set<string>();
  let skipped = 0;
  let url: URL | undefined = nextPage(provider).first;
  for (let page = 0; url !== undefined; page += 1) {
    if (page >= mostPages) return failed('too_large', `it has more than ${mostPages} pages`);
    if (seen.has(url.href)) return failed('garbage', 'its pages lead in a circle');
    seen.add(url.href);
    const asked = await ask(url, { headers, signal });
    if (asked.outcome === 'failed') return failed(asked.problem, asked.why);
    const items = readPage(asked.answer, provider, nowMs);
    if ('problem' in items) return items;
    const before = devices.size + skipped;
    for (const item of items.items) {
      const listed = readItem(item, provider, nowMs);
      if (listed === 'no_device') skipped += 1;
      else add(devices, listed);
    }
    if (page > 0 && items.items.length > 0 && devices.size + skipped === before)
      return failed('garbage', 'its pages repeat themselves');
    if (devices.size > mostDevices) return failed('too_large', `it lists more than ${mostDevices} devices`);
    const next = nextPage(provider).after(url, page, items.items.length, items.body, asked.answer.headers);
    if (next === 'elsewhere')
      return failed('garbage', 'its next page is at another origin, which must not get the token');
    if (next === 'garbage') return failed('garbage', 'where its next page is cannot be told');
    url = next;
    await breathe();
  }
  if (devices.size === 0)
    return failed('garbage', skipped === 0 ? 'it lists no device' : `none of its ${skipped} items has a device id`);
  return { outcome: 'read', devices, skipped };
}

function isFailure(value: Readonly<Record<string, string>> | ListingFailed): value is ListingFailed {
  return value['outcome'] === 'failed';
}

function readPage(
  { status, headers, body: text }: ProviderAnswer,
  provider: DeviceProvider,
  nowMs: number,
): ListingFailed | { readonly items: readonly unknown[]; readonly body: unknown } {
  if (status === 429 || status === 503) {
    const problem = status === 429 ? 'rate_limited' : 'status';
    return failed(problem, `it answered ${status}`, readRetryAfter(headers['retry-after'], nowMs));
  }
  if (status !== 200) return failed('status', `it answered ${status}`);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return failed('garbage', 'it answered something else than JSON');
  }
  const items = valueAt(body, provider.items);
  if (!Array.isArray(items)) return failed('garbage', `there is no list at "${provider.items.join('.')}"`);
  return { items, body };
}

/**
 * Of a device that is listed twice the newer item counts; of two of the same time only what both say alike, since there
 * is no telling which is right.
 */
function add(devices: Map<string, ListedDevice>, listed: ListedDevice): void {
  const known = devices.get(listed.deviceId);
  if (known !== undefined && known.asOfMs > listed.asOfMs) return;
  if (known?.asOfMs !== listed.asOfMs) {
    devices.set(listed.deviceId, listed);
    return;
  }
  const agreed = new Map<string, FactValue>();
  for (const [name, value] of listed.facts) if (known.facts.get(name) === value) agreed.set(name, value);
  devices.set(listed.deviceId, { ...listed, facts: agreed });
}
