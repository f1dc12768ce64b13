import { isOpen } from './episode.ts';
import { type RiskHistory, traitNames } from './history.ts';
import { type FamiliarName, type Habit, learnFamiliar, type PersonBaseline } from './person-baseline.ts';
import { type GeoPoint, nameOfAsn, type Place } from './place.ts';
import type { RememberedPerson } from './remembered-session.ts';
import { learnHour } from './usual-hours.ts';

/** What a request showed that a person may be known by. */
export interface Seen {
  readonly network: string;
  readonly place: Place | undefined;
  readonly here: GeoPoint | undefined;
  readonly device: string | undefined;
  readonly route: string | undefined;
  readonly nowMs: number;
}

/** How fast a habit follows: of each new measure this much counts. */
const habitShare = 0.2;
const keptPlaceMs = 60_000;

/**
 * True while nothing about the session is out of the ordinary that no proof has answered: what a thief does with
 * somebody's cookie must teach nothing, however well its owner has proved themselves (security-rules.md 19).
 */
export function isTrusted({ traits, travel, conditions }: RiskHistory, lastProofAtMs: number): boolean {
  for (const name of traitNames) if (isOpen(traits[name].episode, lastProofAtMs)) return false;
  return (
    !isOpen(travel.episode, lastProofAtMs) &&
    !isOpen(conditions.newDevice, lastProofAtMs) &&
    // No proof answers this one.
    (conditions.blockedAddress === undefined || conditions.blockedAddress.endedAtMs !== undefined)
  );
}

/** The first request that shows a step-up vouches for where and on what it was made. Answers whether anything was new. */
export function learnProof(person: RememberedPerson, seen: Seen): boolean {
  const { network, place, device, here, nowMs } = seen;
  const changes = [
    learn(person, 'network', network, nowMs),
    place?.asn !== undefined && learn(person, 'asn', nameOfAsn(place), nowMs),
    place?.country !== undefined && learn(person, 'country', place.country, nowMs),
    device !== undefined && learn(person, 'device', device, nowMs),
  ];
  if (here !== undefined) person.baseline.place = here;
  return here !== undefined || changes.includes(true);
}

/** What a session that stepped up does day by day: apps, hours, how much, and where it was last. */
export function learnOngoing(
  person: RememberedPerson,
  { route, here, nowMs }: Seen,
  { rate }: RiskHistory,
  endedSlot: Habit | undefined,
): boolean {
  const { baseline } = person;
  let hasLearned = route !== undefined && learn(person, 'app', route, nowMs);
  const hours = learnHour(baseline.hours, nowMs);
  if (hours !== baseline.hours) {
    baseline.hours = hours;
    hasLearned = true;
  }
  // The minute before: this one goes on.
  if (rate.previousCount > 0 && rate.episode === undefined && rate.minute > baseline.requests.slot) {
    baseline.requests = follow(baseline.requests, { slot: rate.minute, value: rate.previousCount });
    hasLearned = true;
  }
  if (endedSlot !== undefined && endedSlot.slot > baseline.paths.slot) {
    baseline.paths = follow(baseline.paths, endedSlot);
    hasLearned = true;
  }
  if (here !== undefined && isMoved(baseline, here)) {
    baseline.place = here;
    hasLearned = true;
  }
  return hasLearned;
}

function isMoved({ place }: PersonBaseline, here: GeoPoint): boolean {
  return place === undefined || here.atMs - place.atMs >= keptPlaceMs || place.address !== here.address;
}

function learn(person: RememberedPerson, name: FamiliarName, value: string, nowMs: number): boolean {
  const { familiar } = person.baseline;
  const list = learnFamiliar(familiar[name], name, value, nowMs);
  if (list === familiar[name]) return false;
  familiar[name] = list;
  return true;
}

function follow(habit: Habit, measured: Habit): Habit {
  return { slot: measured.slot, value: habit.value + (measured.value - habit.value) * habitShare };
}
