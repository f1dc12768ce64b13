import type { RiskSettings } from '../config/snapshot.ts';
import { observeCondition } from './episode.ts';
import { type RiskHistory, tameHistory } from './history.ts';
import { isTrusted, learnOngoing, learnProof } from './learn.ts';
import { isOfTheBrowser } from './media-agent.ts';
import { type Familiar, tameBaseline } from './person-baseline.ts';
import { type GeoPoint, nameOfAsn, type Place } from './place.ts';
import type { RememberedPerson, RememberedSession } from './remembered-session.ts';
import type { RiskObservation } from './risk.ts';
import { noDevice } from './signals/device-changed.ts';
import { observeTravel } from './signals/impossible-travel.ts';
import { networkOf } from './signals/new-network.ts';
import { observeBreadth, turnSlot } from './signals/request-breadth.ts';
import { observeRate } from './signals/request-rate.ts';
import { unusualHourOf } from './signals/unusual-hour.ts';
import { userAgentFamily } from './signals/user-agent-changed.ts';
import type { RiskSources } from './sources/risk-sources.ts';
import { observeProgram, observeTrait, type TraitContext } from './trait.ts';
import { countedHour, unusualness } from './usual-hours.ts';

/** A clock that is set back by less than this is only corrected: nothing of what was noted is touched. */
const clockToleranceMs = 1_000;
const longestHint = 64;

/**
 * Takes one request into a session's history, and into its person's baseline where the session may teach. Answers
 * whether the baseline changed. The usual request, from where the last one came, costs a few comparisons.
 */
export function observeRequest(
  session: RememberedSession,
  person: RememberedPerson,
  observation: RiskObservation,
  settings: RiskSettings,
  sources: RiskSources,
): boolean {
  const { history } = session;
  const { lastProofAtMs, nowMs, steppedUpAtMs = 0, device, route, path } = observation;
  if (nowMs < session.lastAtMs - clockToleranceMs) {
    tameHistory(history, nowMs);
    if (history.provedAtMs <= nowMs) person.baseline = tameBaseline(person.baseline, nowMs);
  }
  session.lastAtMs = nowMs;
  if (lastProofAtMs > history.provedAtMs) history.provedAtMs = lastProofAtMs;
  const isTeaching = steppedUpAtMs > history.taughtAtMs;
  const context: TraitContext = { lastProofAtMs, nowMs, isTeaching };
  look(session, observation, sources);

  const { familiar } = person.baseline;
  const { traits, conditions } = history;
  const { place } = session;
  observeTrait(traits.network, session.network, context, valuesOf(familiar.network));
  if (place?.asn !== undefined) observeTrait(traits.asn, nameOfAsn(place), context, valuesOf(familiar.asn));
  if (place?.country !== undefined) observeTrait(traits.country, place.country, context, valuesOf(familiar.country));
  if (!isOfTheBrowser(traits.userAgent.known, observation)) observeProgram(traits.userAgent, session.family, context);
  if (session.hint !== '') observeProgram(traits.clientHints, session.hint, context);
  observeDevice(history, device ?? noDevice, context);
  const here = pointOf(place, observation);
  if (here !== undefined) observeTravel(history.travel, here, person.baseline.place, context, settings);

  const isNewDevice = device !== undefined && isNew(familiar.device, device);
  conditions.newDevice = note(conditions.newDevice, isNewDevice ? device : undefined, lastProofAtMs, nowMs);
  if (route !== undefined) {
    conditions.newApp = note(conditions.newApp, isNew(familiar.app, route) ? route : undefined, lastProofAtMs, nowMs);
  }
  conditions.unusualHour = note(conditions.unusualHour, unusualHour(session, person, nowMs), lastProofAtMs, nowMs);
  // No proof answers it, and so none takes it away.
  conditions.blockedAddress = note(conditions.blockedAddress, session.list, 0, nowMs);

  observeRate(history.rate, lastProofAtMs, nowMs, person.baseline.requests.value);
  const endedSlot = turnSlot(history.breadth, nowMs);
  if (path !== undefined) observeBreadth(history.breadth, path, person.baseline.paths, lastProofAtMs, nowMs);

  const seen = { network: session.network, place, here, device, route, nowMs };
  let hasLearned = false;
  if (isTeaching) {
    history.taughtAtMs = steppedUpAtMs;
    hasLearned = learnProof(person, seen);
  }
  // Once a minute, and at each change of app: nothing else is new.
  const minute = Math.floor(nowMs / 60_000);
  const isDue = minute !== session.learnedMinute || route !== session.learnedRoute || endedSlot !== undefined;
  if (steppedUpAtMs > 0 && isDue && isTrusted(history, lastProofAtMs)) {
    session.learnedMinute = minute;
    session.learnedRoute = route;
    hasLearned = learnOngoing(person, seen, history, endedSlot) || hasLearned;
  }
  return hasLearned;
}

const nothing: readonly string[] = [];
const valueLists = new WeakMap<readonly Familiar[], readonly string[]>();

/** The values alone; the list of a baseline stays the same for most requests. */
function valuesOf(list: readonly Familiar[]): readonly string[] {
  if (list.length === 0) return nothing;
  const known = valueLists.get(list);
  if (known !== undefined) return known;
  const values = list.map(({ value }) => value);
  valueLists.set(list, values);
  return values;
}

function isNew(list: readonly Familiar[], value: string): boolean {
  return list.length > 0 && !valuesOf(list).includes(value);
}

/** Reads what is new of a request: its address, its program. */
function look(session: RememberedSession, observation: RiskObservation, sources: RiskSources): void {
  const { address, userAgent, platform } = observation;
  if (address !== session.address || sources.generation !== session.generation) {
    session.address = address;
    session.generation = sources.generation;
    session.network = networkOf(address);
    session.place = sources.placeOf(address);
    const list = sources.listOf(address);
    session.list = list === undefined ? undefined : `address ${address} is on the list ${list}`;
  }
  if (userAgent !== session.userAgent || session.family === '') {
    session.userAgent = userAgent;
    session.family = userAgentFamily(userAgent);
  }
  if (platform !== session.platform) {
    session.platform = platform;
    session.hint = platform === undefined ? '' : platform.slice(0, longestHint);
  }
}

/** What has no condition and no episode stays as it is without a call. */
function note(
  episode: RiskHistory['conditions']['newApp'],
  what: string | undefined,
  lastProofAtMs: number,
  nowMs: number,
): RiskHistory['conditions']['newApp'] {
  return what === undefined && episode === undefined
    ? undefined
    : observeCondition(episode, what, lastProofAtMs, nowMs);
}

/** A certificate that comes where there was none is no change. */
function observeDevice({ traits }: RiskHistory, device: string, context: TraitContext): void {
  const { known } = traits.device;
  const hadNone = known.length === 1 && known[0] === noDevice;
  if (hadNone && device !== noDevice) traits.device.known = [device];
  else observeProgram(traits.device, device, context);
}

function unusualHour(session: RememberedSession, { baseline }: RememberedPerson, nowMs: number): string | undefined {
  const hour = countedHour(nowMs);
  if (hour !== session.hour) {
    session.hour = hour;
    session.unusual = unusualHourOf(unusualness(baseline.hours, nowMs), nowMs);
  }
  return session.unusual;
}

function pointOf(place: Place | undefined, { address, nowMs }: RiskObservation): GeoPoint | undefined {
  return place?.coordinates === undefined ? undefined : { ...place.coordinates, address, atMs: nowMs };
}
