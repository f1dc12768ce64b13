import type { RiskSettings } from '../../config/snapshot.ts';
import { observeCondition } from '../episode.ts';
import type { Travel } from '../history.ts';
import { distanceKm, type GeoPoint } from '../place.ts';
import { readingOf, type Signal } from '../signal.ts';
import type { TraitContext } from '../trait.ts';

/** Closer than this is no journey: maps are often off by a city. */
const leastKm = 100;

/** What is allowed on the way. */
export type TravelRules = Pick<RiskSettings, 'maxSpeedKmh' | 'ownNetworks'>;

/** In words, when nobody can have come from one point to the other in that time. */
function impossibleWay(from: GeoPoint, to: GeoPoint, rules: TravelRules): string | undefined {
  const apart = distanceKm(from, to);
  const km = apart - from.radiusKm - to.radiusKm;
  if (km < leastKm) return undefined;
  const hours = Math.max(0, to.atMs - from.atMs) / 3_600_000;
  if (km <= hours * rules.maxSpeedKmh) return undefined;
  if (rules.ownNetworks.some((network) => network.contains(from.address) && network.contains(to.address)))
    return undefined;
  const minutes = Math.round(hours * 60);
  return `from ${from.address} to ${to.address}, ${Math.round(km)} km at least, in ${minutes} min; ${rules.maxSpeedKmh} km/h is the most`;
}

/**
 * Takes in where a request comes from. Measured from where this session was last, and from where the person was last in
 * a session that stepped up. Time that passes does not make the journey possible: it is over when the session is back
 * where it was, or a proof from the new place has answered it.
 */
export function observeTravel(
  travel: Travel,
  here: GeoPoint,
  person: GeoPoint | undefined,
  { lastProofAtMs, isTeaching }: Pick<TraitContext, 'lastProofAtMs' | 'isTeaching'>,
  rules: TravelRules,
): void {
  const { from, episode } = travel;
  if (episode !== undefined && episode.endedAtMs === undefined) {
    const isBack = from !== undefined && distanceKm(from, here) - from.radiusKm - here.radiusKm < leastKm;
    if (isTeaching || lastProofAtMs > episode.sinceMs) {
      travel.episode = undefined;
      travel.from = here;
    } else if (isBack) travel.episode = observeCondition(episode, undefined, lastProofAtMs, here.atMs);
    else if (here.atMs - episode.seenAtMs >= 1000) travel.episode = { ...episode, seenAtMs: here.atMs };
    return;
  }
  const start = [from, person].find((point) => point !== undefined && impossibleWay(point, here, rules) !== undefined);
  if (start === undefined || isTeaching) {
    if (from === undefined || from.address !== here.address || here.atMs - from.atMs >= 1000) travel.from = here;
    if (episode !== undefined && lastProofAtMs > episode.sinceMs) travel.episode = undefined;
    return;
  }
  travel.from = start;
  travel.episode = observeCondition(undefined, impossibleWay(start, here, rules), lastProofAtMs, here.atMs);
}

/**
 * Two places that nobody can have been at within that time.
 *
 * Formula: km = great-circle distance less what the map may be off at both ends. From 100 km on, and faster than
 * `max_speed`: `weight` until the session is back at the first place, then halving with each `half_life`; 0 once a
 * proof from the new place has answered it. Two addresses of one network of `networks` are one place.
 */
export const impossibleTravel: Signal = {
  name: 'impossible_travel',
  family: 'place',
  answeredBy: 'step_up',
  read: ({ history }) => readingOf(history.travel.episode, (what) => what),
};
