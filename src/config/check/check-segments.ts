import { isIP } from 'node:net';
import type { KeyPath } from '../problem.ts';
import type { RouteDraft, SegmentDraft } from '../schema/configuration-schema.ts';
import { parseListenAddress } from '../values/listen-address.ts';
import { type Network, parseNetwork } from '../values/network.ts';
import { networkText, readAddress } from '../values/special-network.ts';
import { refuseAddress, type SegmentNetworks } from '../values/upstream-address.ts';
import { parseUpstream } from '../values/web-address.ts';
import { type CheckContext, definedAt, upstreamsAsWritten } from './check-context.ts';

/** Rules about segments, and about addresses that no route may connect to; a name's address is looked at as it is dialled. */
export function checkSegments(context: CheckContext): void {
  const { draft, reporter } = context;
  for (const [name, segment] of Object.entries(draft.segments ?? {})) {
    if (segment === undefined || reporter.hasError(['segments', name])) continue;
    if (segment.upstreams === undefined && Object.keys(segment.require ?? {}).length === 0) {
      reporter.report(['segments', name], 'P045', `the segment "${name}" says nothing`, {
        help: 'add upstreams: or require:',
        on: 'key',
      });
    }
  }
  const ownListeners = listenersOf(context);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    if (route === undefined) continue;
    const path = ['routes', index];
    const segment = route.segment === undefined ? undefined : ownValue(draft.segments ?? {}, route.segment);
    checkKind(context, route, segment, path);
    checkAddresses(context, route, segment, path, ownListeners);
  }
}

function ownValue<Value>(map: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** A demand that nobody would ever be held to is a mistake, not a wish. */
function checkKind(
  { reporter }: CheckContext,
  route: RouteDraft,
  segment: SegmentDraft | undefined,
  path: KeyPath,
): void {
  if (segment === undefined) return;
  if (route.public === true && segment.require !== undefined) {
    reporter.report(
      [...path, 'public'],
      'P045',
      `the segment "${route.segment}" requires what a public route never asks`,
      {
        help: 'remove public: true, or take the route out of the segment',
        on: 'key',
      },
    );
  }
  const listed = upstreamsAsWritten(route);
  if (listed.includes('next') && segment.upstreams !== undefined) {
    reporter.report(
      [...path, 'segment'],
      'P045',
      `the upstreams of the segment "${route.segment}" mean nothing beside "to: next"`,
      {
        help: 'name a segment without upstreams',
      },
    );
  }
}

interface OwnListener {
  readonly host: string;
  readonly port: number;
}

/** What the file says of Postern's own listeners; port 0 is not known before the start. */
function listenersOf({ draft }: CheckContext): readonly OwnListener[] {
  const listed = [
    ...(draft.server?.listeners ?? []).map((listener) => listener?.address),
    draft.server?.redirect_http,
    draft.admin === undefined ? undefined : (draft.admin.listen ?? '127.0.0.1:9443'),
  ];
  return listed.flatMap((text) => {
    const parsed = text === undefined ? undefined : parseListenAddress(text);
    return parsed?.ok === true && parsed.value.port !== 0 ? [parsed.value] : [];
  });
}

function checkAddresses(
  { reporter }: CheckContext,
  route: RouteDraft,
  segment: SegmentDraft | undefined,
  path: KeyPath,
  ownListeners: readonly OwnListener[],
): void {
  const listed = upstreamsAsWritten(route);
  const bounds = boundsOf(route.segment, segment);
  if (route.segment !== undefined && bounds === undefined) return;
  for (const [index, to] of listed.entries()) {
    const parsed = to === undefined ? undefined : parseUpstream(to);
    if (parsed?.ok !== true || parsed.value.kind !== 'url') continue;
    const { url } = parsed.value;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) === 0) continue;
    const at = typeof route.to === 'string' ? [...path, 'to'] : [...path, 'to', index];
    const refusal = refuseAddress(host, bounds);
    if (refusal?.kind === 'outside_segment') {
      const networks = bounds?.networks?.map(networkText).join(', ');
      const place = definedAt(reporter, ['segments', bounds?.name ?? '', 'upstreams']);
      reporter.report(at, 'P046', `${host} ${refusal.says}`, { help: `it has ${networks} (${place})` });
    } else if (refusal !== undefined) {
      reporter.report(at, 'P046', `${host} ${refusal.says}`, {
        help: `if it is meant, put the route in a segment with upstreams: [${host}]`,
      });
    } else if (isOwnListener(host, Number(url.port || (url.protocol === 'https:' ? 443 : 80)), ownListeners)) {
      reporter.report(at, 'P046', `${url.host} is a listener of Postern itself`, {
        help: 'write the address of the app',
      });
    }
  }
}

/** `undefined` while the segment or one of its networks has an error: what follows from that is not said again. */
function boundsOf(name: string | undefined, segment: SegmentDraft | undefined): SegmentNetworks | undefined {
  if (name === undefined || segment === undefined) return undefined;
  if (segment.upstreams === undefined) return { name, networks: undefined };
  const networks: Network[] = [];
  for (const text of segment.upstreams) {
    const parsed = text === undefined ? undefined : parseNetwork(text);
    if (parsed?.ok !== true) return undefined;
    networks.push(parsed.value);
  }
  return { name, networks };
}

/** Loopback, and the addresses that listeners name: what other addresses this machine has is known only as it runs. */
function isOwnListener(host: string, port: number, listeners: readonly OwnListener[]): boolean {
  if (listeners.length === 0) return false;
  const address = readAddress(host);
  if (address === undefined) return false;
  return listeners.some(
    (listener) =>
      listener.port === port &&
      (address.range() === 'loopback' || readAddress(listener.host)?.toString() === address.toString()),
  );
}
