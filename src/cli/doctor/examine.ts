import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { Snapshot } from '../../config/snapshot.ts';
import { toFault } from '../../decision/fault.ts';
import { type DoctorPorts, type Finding, fail, type Look, type Topic, type TopicReport, unknown } from './finding.ts';
import { lookAtAudit, lookAtLimits, lookAtState } from './look-at-files.ts';
import { lookAtCookies, lookAtDns, lookAtPosture, lookAtTls } from './look-at-hosts.ts';
import { lookAtClock, lookAtDiscovery, lookAtIdentity } from './look-at-identity.ts';
import { lookAtListeners, lookAtUpstreams } from './look-at-sockets.ts';

const looks: Readonly<Record<Topic, Look>> = {
  identity: lookAtIdentity,
  clock: lookAtClock,
  dns: lookAtDns,
  tls: lookAtTls,
  cookies: lookAtCookies,
  posture: lookAtPosture,
  audit: lookAtAudit,
  state: lookAtState,
  limits: lookAtLimits,
  listeners: lookAtListeners,
  upstreams: lookAtUpstreams,
};

/** What a topic may take in all; single calls have shorter limits of their own. */
const topicTimeoutMs = 20_000;

/** Looks at each topic, all at once. What takes too long could not be told; what breaks is a failure. */
export function examine(
  chosen: readonly Topic[],
  configuration: Snapshot,
  ports: DoctorPorts,
  timeoutMs = topicTimeoutMs,
): Promise<readonly TopicReport[]> {
  return Promise.all(
    chosen.map(async (topic) => ({ topic, findings: await within(timeoutMs, looks[topic](configuration, ports)) })),
  );
}

/** `validate --online`: providers answer and have keys, upstreams can be connected to. Only what is wrong, as lines. */
export async function findOnlineProblems(configuration: Snapshot, now: () => number): Promise<readonly Finding[]> {
  const ports = processPorts(now);
  const found = await Promise.all([
    within(topicTimeoutMs, lookAtDiscovery(configuration, ports)),
    within(topicTimeoutMs, lookAtUpstreams(configuration)),
  ]);
  return found.flat().filter(({ result }) => result !== 'ok');
}

async function within(timeoutMs: number, looking: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([unknown(`took longer than ${timeoutMs / 1_000} s`)]), timeoutMs);
  });
  try {
    return await Promise.race([looking, late]);
  } catch (thrown) {
    return [
      fail(
        'P309',
        `could not be looked at: ${toFault(thrown).message}`,
        'report this with the output of postern version',
      ),
    ];
  } finally {
    clearTimeout(timer);
  }
}

/** Looking from this process. */
export function processPorts(now: () => number): DoctorPorts {
  return { now, fetch, lookup: (host) => lookup(host), openFiles: readOpenFiles };
}

/** Linux tells under /proc; elsewhere nothing is said. */
async function readOpenFiles(): Promise<number | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\S+)/m.exec(text)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
