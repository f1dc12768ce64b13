import type { X509Certificate } from 'node:crypto';
import type { KeyPath } from '../problem.ts';
import { parseRouteOrigin } from '../values/web-address.ts';
import type { CheckContext } from './check-context.ts';

/** Warns of every host that no certificate of the listeners covers: browsers would refuse it. */
export function checkCertificateHosts({ draft, reporter }: CheckContext, leaves: readonly X509Certificate[]): void {
  if (leaves.length === 0) return;
  const warned = new Set<string>();
  const expect = (host: string | undefined, path: KeyPath) => {
    if (host === undefined || warned.has(host) || /^[\d.]+$|^\[/.test(host)) return;
    if (leaves.some((leaf) => leaf.checkHost(host) !== undefined)) return;
    warned.add(host);
    reporter.report(path, 'P105', `no certificate of server.tls covers ${host}`, {
      help: 'add the name to a certificate, or list another pair',
    });
  };
  expect(draft.server?.auth_host, ['server', 'auth_host']);
  for (const [index, route] of (draft.routes ?? []).entries()) {
    const origin = route?.from === undefined ? undefined : parseRouteOrigin(route.from);
    expect(origin?.ok === true ? origin.value.hostname : undefined, ['routes', index, 'from']);
  }
}
