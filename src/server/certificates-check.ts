import { X509Certificate } from 'node:crypto';
import type { ReloadCheck } from '../config/reload/reload.ts';
import type { Snapshot, TlsSettings } from '../config/snapshot.ts';

/**
 * Refuses a reload that puts a certificate that browsers, apps or devices would refuse in the place of one that they accept:
 * of the listeners, of a route towards its upstream, or of the authorities of devices. What ran unfit before may stay, so
 * that an ended certificate stops no other change; `server.tls.allow_unfit` says that it is meant.
 */
export function createCertificatesCheck(now: () => number): ReloadCheck {
  return {
    name: 'validity',
    async run(candidate, running) {
      const lines = unfitOf(candidate, running, now());
      if (lines.length === 0) return { outcome: 'passed', lines };
      if (candidate.server.tls?.allowUnfit === true)
        return { outcome: 'passed', lines: [...lines, 'meant: server.tls.allow_unfit is true'] };
      return {
        outcome: 'blocked',
        lines: [...lines, 'Renew it, or say server.tls.allow_unfit: true when this is meant.'],
      };
    },
  };
}

function unfitOf(candidate: Snapshot, running: Snapshot, nowMs: number): readonly string[] {
  return [
    ...unfitListeners(candidate, running, nowMs),
    ...unfitTowardsUpstreams(candidate, running, nowMs),
    ...unfitAuthorities(candidate, running, nowMs),
  ];
}

const leavesOf = ({ server }: Snapshot) => (server.tls?.certificates ?? []).map(({ certificate }) => certificate);

function unfitListeners(candidate: Snapshot, running: Snapshot, nowMs: number): readonly string[] {
  const before = new Set(leavesOf(running));
  const next = leavesOf(candidate);
  if (next.every((pem) => before.has(pem)) && before.size === new Set(next).size) return [];
  const wereValid = [...before].map(read).filter((one) => isValid(one, nowMs));
  if (wereValid.length === 0) return [];
  const lines = next
    .filter((pem) => !before.has(pem))
    .map(read)
    .filter((one) => !isValid(one, nowMs))
    .map((one) => `the certificate for ${namesOf(one)} ${validityOf(one, nowMs)}`);
  const leaves = next.map(read);
  for (const host of hostsOf(candidate)) {
    if (!hostsOf(running).has(host) || !covers(wereValid, host) || covers(leaves, host)) continue;
    lines.push(`no certificate covers ${host} any more`);
  }
  return lines;
}

function unfitTowardsUpstreams(candidate: Snapshot, running: Snapshot, nowMs: number): readonly string[] {
  const before = clientCertificates(running);
  return [...clientCertificates(candidate)].flatMap(([route, pem]) => {
    const was = before.get(route);
    if (was === undefined || was === pem || !isValid(read(was), nowMs) || isValid(read(pem), nowMs)) return [];
    return [`the certificate that ${route} shows to its upstream ${validityOf(read(pem), nowMs)}`];
  });
}

function clientCertificates({ routes }: Snapshot): ReadonlyMap<string, string> {
  return new Map(
    routes.flatMap(({ name, target }) => {
      const cert = target.kind === 'upstreams' ? target.clientCertificate?.cert : undefined;
      return typeof cert === 'string' ? [[name, cert] as const] : [];
    }),
  );
}

function unfitAuthorities(candidate: Snapshot, running: Snapshot, nowMs: number): readonly string[] {
  const [next, before] = [candidate, running].map(({ server }) => server.tls?.clientCa);
  if (next === undefined || before === undefined || next === before) return [];
  const anyValid = (pems: string) =>
    (pems.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).some((pem) =>
      isValid(read(pem), nowMs),
    );
  return anyValid(before) && !anyValid(next) ? ['no authority in client_ca is valid now, so no device would be'] : [];
}

function hostsOf({ server, routes }: Snapshot): ReadonlySet<string> {
  return new Set([server.authHost, ...routes.map(({ host }) => host)]);
}

function covers(leaves: readonly X509Certificate[], host: string): boolean {
  return leaves.some((leaf) => leaf.checkHost(host) !== undefined);
}

function isValid(certificate: X509Certificate, nowMs: number): boolean {
  return certificate.validFromDate.getTime() <= nowMs && nowMs <= certificate.validToDate.getTime();
}

function validityOf(certificate: X509Certificate, nowMs: number): string {
  const { validFromDate, validToDate } = certificate;
  const dayOf = (date: Date) => date.toISOString().slice(0, 10);
  return validToDate.getTime() < nowMs ? `ended on ${dayOf(validToDate)}` : `begins on ${dayOf(validFromDate)}`;
}

function namesOf({ subjectAltName, subject }: X509Certificate): string {
  return (subjectAltName ?? subject).replaceAll('DNS:', '').replaceAll('\n', ', ');
}

/** Of a chain, the leaf comes first; that it can be read was checked as it was loaded. */
function read(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

/** A certificate that the listeners show, for the metric of when it runs out. */
export interface CertificateEnd {
  readonly names: readonly string[];
  readonly notAfterMs: number;
}

/** Reads when each certificate of the listeners runs out. Of a file with a chain, the first is the listener's own. */
export function readCertificateEnds(tls: TlsSettings | undefined): readonly CertificateEnd[] {
  return (tls?.certificates ?? []).map(({ certificate, names }) => ({
    names,
    notAfterMs: new X509Certificate(certificate).validToDate.getTime(),
  }));
}
