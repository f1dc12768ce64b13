import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Snapshot } from '../../config/snapshot.ts';
import { type DoctorPorts, errorCode, type Finding, fail, ok } from './finding.ts';

const dayMs = 86_400_000;
const soonDays = 14;
/** Name lookups that are under way at once. */
const atOnce = 8;

function hostsOf({ server, routes }: Snapshot): readonly string[] {
  return [...new Set([server.authHost, ...routes.map(({ host }) => host)])];
}

/** Whether every host that people open has an address. */
export async function lookAtDns(configuration: Snapshot, { lookup }: DoctorPorts): Promise<readonly Finding[]> {
  const hosts = hostsOf(configuration).filter((host) => isIP(host) === 0);
  const findings: Finding[] = [];
  const waiting = hosts.values();
  const work = async () => {
    for (const host of waiting) {
      // Browsers resolve these themselves (RFC 6761 §6.3).
      if (host === 'localhost' || host.endsWith('.localhost')) continue;
      try {
        await lookup(host);
      } catch (thrown) {
        findings.push(fail('P305', `${host} does not resolve: ${errorCode(thrown)}`, `add a DNS record for ${host}`));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return findings.length > 0 ? findings : [ok(count(hosts.length, 'host'))];
}

/** Whether the listeners' certificates cover every host, belong to their keys, and last. */
export async function lookAtTls(configuration: Snapshot, { now }: DoctorPorts): Promise<readonly Finding[]> {
  const pairs = configuration.server.tls?.certificates ?? [];
  if (pairs.length === 0) return [ok('no certificates: somebody else listens')];
  const leaves = pairs.map(({ certificate }) => new X509Certificate(certificate));
  const findings: Finding[] = [];
  let fewestDays = Number.POSITIVE_INFINITY;
  for (const leaf of leaves) {
    const days = Math.floor((leaf.validToDate.getTime() - now()) / dayMs);
    fewestDays = Math.min(fewestDays, days);
    const name = leaf.subjectAltName ?? leaf.subject;
    if (days < 0) findings.push(fail('P306', `the certificate of ${name} has ended`, 'renew it'));
    else if (days < soonDays) findings.push(fail('P306', `the certificate of ${name} ends in ${days} d`, 'renew it'));
  }
  for (const host of hostsOf(configuration)) {
    const covers = (leaf: X509Certificate) =>
      (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
    if (!leaves.some(covers))
      findings.push(fail('P306', `no certificate covers ${host}`, 'add the name to a certificate of server.tls'));
  }
  return findings.length > 0 ? findings : [ok(`${count(pairs.length, 'pair')}, ${fewestDays} d left`)];
}

/** Each host has a `__Host-` cookie of its own, so all that can be wrong is a host that cannot have one. */
export async function lookAtCookies(configuration: Snapshot): Promise<readonly Finding[]> {
  return [ok(`${count(hostsOf(configuration).length, 'host')}, each with a cookie of its own`)];
}

/** Whether a device can be known at all where a rule asks for a posture. */
export async function lookAtPosture(configuration: Snapshot, { now }: DoctorPorts): Promise<readonly Finding[]> {
  const asked = new Set(configuration.routes.flatMap(({ policy }) => policy.postures));
  if (asked.size === 0) return [ok('no rule asks for one')];
  const clientCa = configuration.server.tls?.clientCa;
  if (clientCa === undefined) {
    const text = `rules ask for ${[...asked].join(', ')}, and no device can be known`;
    return [fail('P307', text, 'set server.tls.client_ca to the authorities of your device certificates')];
  }
  const ends = (clientCa.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) =>
    new X509Certificate(pem).validToDate.getTime(),
  );
  const days = Math.floor((Math.max(...ends) - now()) / dayMs);
  if (days < 0)
    return [fail('P307', 'every authority in server.tls.client_ca has ended', 'put a certificate there that is valid')];
  return [ok(`${count(asked.size, 'posture')}, authorities valid for ${days} d`)];
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
