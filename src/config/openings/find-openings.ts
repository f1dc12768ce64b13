import { isWithin } from '../../policy/is-within.ts';
import type { Route } from '../route.ts';
import type { Posture, Snapshot } from '../snapshot.ts';
import { servicesOf } from '../snapshot.ts';
import { takeTurns } from '../take-turns.ts';
import { lostTests } from '../tryout/lost-tests.ts';
import { openedBehindRewrites } from './opened-guards.ts';
import { openedBy } from './opened-route.ts';
import { isSameMeaning } from './same-meaning.ts';
import { couldTakeOver, expressionOrder, routeKey } from './taken-paths.ts';

/**
 * What a configuration may open that the one before kept shut: a denial, a demand or a test that is gone, a grant that is
 * new or wider, another order of routes, whatever else decides and is not the same. Certain in one way only: where
 * nothing is named, nobody gets more than before. Works in slices and stops at `most`. Names routes, rules and keys; never values.
 */
export async function findOpenings(candidate: Snapshot, running: Snapshot, most = 20): Promise<readonly string[]> {
  const turn = takeTurns();
  const found: string[] = [];
  for (const opening of openingsOf(candidate, running)) {
    if (opening !== undefined) found.push(opening);
    if (found.length >= most) break;
    const wait = turn();
    if (wait !== undefined) await wait;
  }
  return found;
}

/** What is opened; `undefined` is a step on the way. */
function* openingsOf(candidate: Snapshot, running: Snapshot): Generator<string | undefined> {
  const lost = lostTests(candidate, running);
  if (lost.length > 0) yield `${lost.length === 1 ? 'a test is' : `${lost.length} tests are`} gone: ${lost[0]}`;
  yield* openedShared(candidate, running);
  yield* openedRoutes(candidate, running);
  yield* openedBehindRewrites(candidate, running);
}

/** Parts that are looked into, and those that open nothing whatever they say. */
const lookedInto: ReadonlySet<string> = new Set([
  ...['hash', 'file', 'tests', 'networks', 'routes', 'routeTable', 'segments', 'audit', 'state'],
  ...['session', 'providers', 'breakGlass', 'postures', 'services', 'branding', 'rewriteGuards'],
]);

function* openedShared(candidate: Snapshot, running: Snapshot): Generator<string> {
  for (const key of new Set([...Object.keys(candidate), ...Object.keys(running)]))
    if (!lookedInto.has(key) && !isSameMeaning(Reflect.get(candidate, key), Reflect.get(running, key))) yield key;
  if (!isNoLonger(candidate.session, running.session)) yield 'session';
  for (const [id, provider] of candidate.providers) {
    const { title: _, ...own } = provider;
    const { title: __, ...old } = running.providers.get(id) ?? { title: '' };
    if (!isSameMeaning(own, old)) yield `provider ${id}`;
  }
  if (!isWithin(running.breakGlass, candidate.breakGlass)) yield 'break_glass guards fewer people';
  for (const [name, posture] of candidate.postures) {
    const old = running.postures.get(name);
    if (old !== undefined && !isNoWeaker(posture, old)) yield `posture ${name}`;
  }
  if (!isSameMeaning(candidate.services, running.services)) {
    const services = new Set(servicesOf(running).map(({ id, credential }) => `${credential} ${id}`));
    const own = servicesOf(candidate).map(({ id, credential }) => `${credential} ${id}`);
    const isFewer = own.length < services.size && own.every((service) => services.has(service));
    if (!isFewer || hasNewKey(candidate, running)) yield 'services';
  }
}

/** A credential that was no service's before. */
function hasNewKey({ services }: Snapshot, { services: old }: Snapshot): boolean {
  const isNew = (key: 'byToken' | 'bySpki') =>
    [...(services?.[key] ?? [])].some(([hash, { id }]) => old?.[key].get(hash)?.id !== id);
  return isNew('byToken') || isNew('bySpki');
}

/** Every time is as long as it was, or shorter; a bound by provider is still there. */
function isNoLonger(session: Snapshot['session'], old: Snapshot['session']): boolean {
  for (const key of new Set([...Object.keys(session), ...Object.keys(old)])) {
    if (key === 'claimsMaxAgeMs') continue;
    const [own, before]: readonly unknown[] = [Reflect.get(session, key), Reflect.get(old, key)];
    const isShorter = typeof own === 'number' && typeof before === 'number' && own <= before;
    if (!isShorter && !isSameMeaning(own, before)) return false;
  }
  return [...(old.claimsMaxAgeMs ?? [])].every(
    ([id, ms]) => (session.claimsMaxAgeMs?.get(id) ?? Number.POSITIVE_INFINITY) <= ms,
  );
}

/** Whoever passes the one passes the other. */
function isNoWeaker(posture: Posture, old: Posture): boolean {
  const { require, maxAgeMs, sources, warnForMs, help: _, title: __, ...others } = posture;
  const { require: _r, maxAgeMs: _m, sources: _s, warnForMs: _w, help: _h, title: _t, ...oldOthers } = old;
  const demands = new Set(require.map(({ source }) => source));
  return (
    old.require.every(({ source }) => demands.has(source)) &&
    maxAgeMs <= old.maxAgeMs &&
    (old.sources === undefined || (sources !== undefined && isWithin(new Set(sources), new Set(old.sources)))) &&
    (warnForMs ?? 0) <= (old.warnForMs ?? 0) &&
    isSameMeaning(others, oldOthers)
  );
}

function* openedRoutes(candidate: Snapshot, running: Snapshot): Generator<string | undefined> {
  const left = new Map<string, Route>();
  for (const route of running.routes) left.set(routeKey(route), route);
  const hosts = new Map<string, Route[]>();
  const kept = new Set<string>();
  for (const route of candidate.routes) {
    yield undefined;
    const key = routeKey(route);
    const old = left.get(key);
    const others = hosts.get(route.host);
    if (others === undefined) hosts.set(route.host, [route]);
    else others.push(route);
    if (old === undefined) {
      yield `${route.name} is a new route, or has another address`;
      continue;
    }
    left.delete(key);
    kept.add(key);
    yield* openedBy(route, old);
  }
  for (const gone of left.values()) {
    yield undefined;
    const heir = hosts.get(gone.host)?.find(({ match }) => couldTakeOver(match, gone.match));
    if (heir !== undefined) yield `${gone.name} is gone, and ${heir.name} may take its requests`;
  }
  const [order, before] = [candidate, running].map(({ routes }) => expressionOrder(routes, (key) => kept.has(key)));
  for (const [host, keys] of order ?? [])
    if (keys.join('\0') !== before?.get(host)?.join('\0')) yield `${host}: the order of its expressions`;
}
