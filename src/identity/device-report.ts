import type { IncomingMessage } from 'node:http';
import type { PeerCertificate } from 'node:tls';
import type { ConnectionDevice } from '../devices/device.ts';
import { limitKeyOf } from '../http/limit-attempts.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityParts } from './parts.ts';

export const reportPath = '/.postern/device/report';
export const longestReportBytes = 64 * 1024;
export const reportContentType = 'application/jose';

/** What a report must name as its audience. */
export function reportAudience(exchange: Exchange): string {
  return exchange.authOrigin + reportPath;
}

/**
 * Who may report: a device by its certificate, and no browser. A page could make its browser send that certificate, and
 * browsers say so by Cookie, Origin or Sec-Fetch-* (security-rules.md 12). Answers the refusal itself.
 */
export async function findReporter(parts: IdentityParts, exchange: Exchange): Promise<ConnectionDevice | undefined> {
  if (comesFromBrowser(exchange.request)) {
    parts.answers.refuse(exchange, { reason: 'origin_not_allowed' });
    return undefined;
  }
  const retryAfterSeconds = await parts.reportLimiter.take(reporterKeyOf(exchange));
  if (retryAfterSeconds !== undefined) {
    parts.answers.refuse(exchange, { reason: 'rate_limited', retryAfterSeconds });
    return undefined;
  }
  if (exchange.device === undefined) parts.answers.refuse(exchange, { reason: 'device_unknown' });
  return exchange.device;
}

/** `GET /.postern/device/nonce`: for the device's next report. */
export async function issueNonce(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const device = await findReporter(parts, exchange);
  if (device === undefined) return;
  const nonce = await parts.deps.devices.issueNonce(device.deviceId);
  parts.answers.json(exchange, { nonce, audience: reportAudience(exchange), device: device.deviceId });
}

/** `POST /.postern/device/report`: takes a report that was read whole. */
export async function acceptReport(
  parts: IdentityParts,
  exchange: Exchange,
  device: ConnectionDevice,
  body: unknown,
): Promise<void> {
  const certificate = peerCertificate(exchange.request);
  if (typeof body !== 'string' || body === '' || certificate === undefined) {
    return parts.answers.refuse(exchange, { reason: 'request_malformed' });
  }
  const audience = reportAudience(exchange);
  const result = await parts.deps.devices.acceptReport(body.trim(), device, certificate, audience);
  await parts.recorder.record(exchange, {
    type: 'device_report',
    result: result.outcome === 'accepted' ? 'success' : 'failure',
    reason: result.outcome === 'accepted' ? undefined : 'request_malformed',
    detail: {
      device: device.deviceId,
      ...(result.outcome === 'accepted' ? { facts: result.facts } : { why: result.why }),
    },
  });
  if (result.outcome === 'refused') return parts.answers.refuse(exchange, { reason: 'request_malformed' });
  parts.answers.json(exchange, { device: result.deviceId, facts: result.facts });
}

/** A device pays for itself: what has no certificate at the same address does not spend its reports. */
function reporterKeyOf({ device, address }: Exchange): string {
  return device === undefined ? limitKeyOf(address) : `device ${device.fingerprint}`;
}

function comesFromBrowser(request: IncomingMessage): boolean {
  const names = Object.keys(request.headers);
  return names.some((name) => name === 'cookie' || name === 'origin' || name.startsWith('sec-fetch-'));
}

/** The certificate that the connection showed; whether it is worth anything, `connectionDevice` has decided. */
function peerCertificate(request: IncomingMessage): PeerCertificate | undefined {
  const { socket } = request;
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') return undefined;
  const certificate: PeerCertificate | undefined = socket.getPeerCertificate();
  return certificate?.raw === undefined ? undefined : certificate;
}
