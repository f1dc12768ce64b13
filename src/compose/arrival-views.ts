import type { Devices } from '../devices/device.ts';
import { originOn } from '../gateway/arrival.ts';
import type { ArrivalDirectory } from '../gateway/arrival-directory.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import type { IdentityDeps } from '../identity/identity-deps.ts';

/** What the sign-in host may know of a request's connection: the gateway has read it already. */
export function arrivalViews(parts: {
  readonly arrivals: ArrivalDirectory;
  readonly devices: Pick<Devices, 'identify'>;
  readonly peerCertificate: GatewayParts['peerCertificate'];
  readonly now: () => number;
  readonly tlsPort: GatewayParts['tlsPort'];
}): Pick<
  IdentityDeps,
  'snapshotOf' | 'connectionDevice' | 'addressOf' | 'originOf' | 'originFor' | 'certificateOriginOf'
> {
  const { arrivals, devices, peerCertificate, now, tlsPort } = parts;
  return {
    snapshotOf: (request) => arrivals.of(request).snapshot,
    connectionDevice: (request) => devices.identify(peerCertificate(request), arrivals.of(request).snapshot, now()),
    addressOf: (request) => arrivals.of(request).address,
    originOf(request) {
      const { listener, snapshot } = arrivals.of(request);
      return originOn(listener, snapshot.server.authHost);
    },
    originFor: (host, request) => originOn(arrivals.of(request).listener, host),
    certificateOriginOf(request) {
      const { listener, snapshot } = arrivals.of(request);
      const port = tlsPort();
      if (listener.scheme === 'https' || port === undefined || snapshot.server.tls?.clientCa === undefined)
        return undefined;
      return originOn({ scheme: 'https', publicPort: port }, snapshot.server.authHost);
    },
  };
}
