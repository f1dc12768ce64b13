import { evaluateRoute, guardsOf } from '../../access/evaluate-route.ts';
import type { Route } from '../../config/route.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import type { AuthenticationMethod } from '../../decision/decision.ts';
import type { Facts, PostureFacts } from '../../decision/facts.ts';
import type { Devices } from '../../devices/device.ts';
import type { Person } from '../../people/known-person.ts';
import type { Situations } from '../../policy/conditions/condition-descriptor.ts';
import { conditionsOf } from '../../policy/conditions/conditions-of-rule.ts';
import type { Denial, SegmentRequirement } from '../../policy/rule.ts';

/** What somebody can bring. `anything`: whatever the rules ask for, since nobody knows better. */
export interface Means {
  readonly person: Person;
  readonly methods: readonly AuthenticationMethod[] | 'anything';
  /** `undefined`: none. */
  readonly deviceId: string | undefined | 'anything';
  /** Where they come from; empty: anywhere. */
  readonly addresses: readonly string[];
}

/** A request that is tried. */
export interface Attempt {
  readonly host: string;
  readonly method: string;
  readonly path: string;
}

type Keys = SegmentRequirement['keys'] | Denial;

const hourMs = 3_600_000;
/** A week has every opening hour in it. */
const hoursAhead = 7 * 24;
/** In no network that anybody names: for documentation (RFC 5737). */
const elsewhere = '192.0.2.1';

/**
 * Whether a person gets in with a request under a configuration: through the route that takes it there, from one of their
 * places, with their proofs made anew and their device as it is judged now, at some time of the coming week.
 */
export async function stillOpens(
  snapshot: Snapshot,
  attempt: Attempt,
  means: Means,
  devices: Pick<Devices, 'judgePosture'>,
  nowMs: number,
): Promise<boolean> {
  const route = snapshot.routeTable.find(attempt.host, attempt.path);
  if (route === undefined) return false;
  const { person } = means;
  const provider = snapshot.providers.get(person.providerId);
  if (!route.policy.isPublic && provider?.issuer !== person.issuer) return false;
  const provable = Object.keys(provider?.factors ?? {});
  const proved =
    means.methods === 'anything'
      ? [...provable, 'registered_browser']
      : means.methods.filter((method) => provable.includes(method) || method === 'registered_browser');
  const guards = guardsOf(snapshot, route);
  const postures = await posturesOf(snapshot, [route, ...guards], means.deviceId, devices, nowMs);
  const rules = [route, ...guards].flatMap(rulesOf);
  const [places, times] = [placesOf(rules, means.addresses, nowMs), timesOf(rules, nowMs)];
  return times.some((atMs) =>
    places.some((address) => {
      const facts: Facts = {
        request: { method: attempt.method, path: attempt.path, address, nowMs: atMs },
        person: { ...person, sessionId: '' },
        authentication: { provedAtMs: Object.fromEntries(proved.map((method) => [method, atMs])) },
        device:
          postures === undefined
            ? undefined
            : { source: 'connection', asOfMs: atMs, deviceId: String(means.deviceId), postures },
        risk: { source: 'hypothesis', asOfMs: atMs, score: 0, points: [] },
      };
      return evaluateRoute(snapshot, route, facts).outcome === 'allow';
    }),
  );
}

function rulesOf({ policy }: Route): readonly Keys[] {
  return [...policy.grants, ...policy.grants.flatMap(({ segment }) => segment?.keys ?? []), ...policy.denials];
}

async function posturesOf(
  snapshot: Snapshot,
  routes: readonly Route[],
  deviceId: Means['deviceId'],
  devices: Pick<Devices, 'judgePosture'>,
  nowMs: number,
): Promise<Readonly<Record<string, PostureFacts>> | undefined> {
  if (deviceId === undefined) return undefined;
  const judged: Record<string, PostureFacts> = {};
  for (const name of new Set(routes.flatMap(({ policy }) => policy.postures))) {
    const posture = snapshot.postures.get(name);
    if (deviceId === 'anything') judged[name] = { posture: name, result: 'pass', checks: [] };
    else if (posture !== undefined) judged[name] = await devices.judgePosture(deviceId, posture, nowMs);
  }
  return judged;
}

/** Where they come from; of whom nobody knows, every place that the rules name, and none of them. */
function placesOf(rules: readonly Keys[], addresses: readonly string[], nowMs: number): readonly string[] {
  if (addresses.length > 0) return addresses;
  return [...new Set([elsewhere, ...situationsOf(rules, nowMs).flatMap((one) => one.addresses ?? [])])];
}

/** Now; where rules look at the time, every hour of a week and when hours begin. */
function timesOf(rules: readonly Keys[], nowMs: number): readonly number[] {
  const timed = situationsOf(rules, nowMs).filter(({ isTimed }) => isTimed);
  if (timed.length === 0) return [nowMs];
  const openings = timed.flatMap(({ openingMs }) => openingMs ?? []);
  return [nowMs, ...openings, ...Array.from({ length: hoursAhead }, (_, hour) => nowMs + (hour + 1) * hourMs)];
}

function situationsOf(rules: readonly Keys[], nowMs: number): readonly Situations[] {
  return rules.flatMap((rule) =>
    conditionsOf(rule).flatMap(({ condition, value }) => condition.situations?.(value, nowMs) ?? []),
  );
}
