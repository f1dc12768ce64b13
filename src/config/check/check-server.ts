import { parseDuration } from '../values/duration.ts';
import { isLoopback, parseListenAddress } from '../values/listen-address.ts';
import type { CheckContext } from './check-context.ts';

/** Rules about listeners, TLS, sessions and levels. */
export function checkServer(context: CheckContext): void {
  const { draft, reporter, shape } = context;
  const server = draft.server;
  if (server !== undefined && shape === 'server') {
    for (const key of ['listeners', 'tls'] as const) {
      if (server[key] !== undefined || reporter.hasError(['server', key])) continue;
      const example =
        key === 'tls'
          ? 'tls: { certificate: certs/server.crt, key: certs/server.key }'
          : 'listeners: [{ address: "0.0.0.0:8443" }]';
      reporter.report(['server', key], 'P007', `"server" needs the key "${key}"`, {
        help: `add ${example}`,
        on: 'key',
      });
    }
  }
  checkCertificateLists(context);
  checkAdminAddress(context);
  checkOrder(context);
}

function checkCertificateLists({ draft, reporter }: CheckContext): void {
  const { certificate, key, client_ca } = draft.server?.tls ?? {};
  if (certificate !== undefined && key !== undefined && countOf(certificate) !== countOf(key)) {
    reporter.report(
      ['server', 'tls', 'key'],
      'P034',
      `there are ${countOf(certificate)} certificates and ${countOf(key)} keys`,
      {
        help: 'list one key for each certificate, in the same order',
        on: 'key',
      },
    );
  }
  if (client_ca !== undefined || reporter.hasError(['server', 'tls', 'client_ca'])) return;
  for (const needing of ['crl_file', 'device_name_authorities'] as const) {
    if (draft.server?.tls?.[needing] === undefined) continue;
    reporter.report(['server', 'tls', needing], 'P045', `"${needing}" needs "client_ca" beside it`, {
      help: `add client_ca:, or remove ${needing}`,
      on: 'key',
    });
  }
}

function countOf(value: string | readonly unknown[]): number {
  return typeof value === 'string' ? 1 : value.length;
}

function checkAdminAddress({ draft, reporter }: CheckContext): void {
  const listen = draft.admin?.listen;
  const address = listen === undefined ? undefined : parseListenAddress(listen);
  if (address?.ok !== true) return;
  const isShared =
    (draft.server?.listeners ?? []).some((listener) => listener?.address === listen) ||
    draft.server?.redirect_http === listen;
  if (isShared && address.value.port !== 0) {
    reporter.report(['admin', 'listen'], 'P022', 'the admin listener has the address of a public listener', {
      help: 'give it one of its own, for example 127.0.0.1:9443',
    });
  } else if (!isLoopback(address.value.host)) {
    reporter.report(['admin', 'listen'], 'P106', 'the admin listener can be reached from other machines', {
      help: 'write 127.0.0.1 and reach it through a tunnel',
    });
  }
}

function checkOrder({ draft, reporter }: CheckContext): void {
  const medium = draft.risk?.levels?.medium ?? 40;
  const high = draft.risk?.levels?.high ?? 70;
  if (medium >= high) {
    reporter.report(['risk', 'levels'], 'P018', `medium (${medium}) must be lower than high (${high})`, { on: 'key' });
  }
  const expiration = msOf(draft.session?.expiration ?? '12h');
  const inactivity = msOf(draft.session?.inactivity ?? '30m');
  if (expiration !== undefined && inactivity !== undefined && inactivity > expiration) {
    reporter.report(
      ['session', draft.session?.inactivity === undefined ? 'expiration' : 'inactivity'],
      'P018',
      'inactivity is longer than expiration',
      {
        help: 'a session ends at whichever comes first: write a shorter inactivity',
      },
    );
  }
}

function msOf(text: string): number | undefined {
  const parsed = parseDuration(text, 0, Number.MAX_SAFE_INTEGER);
  return parsed.ok ? parsed.value : undefined;
}
