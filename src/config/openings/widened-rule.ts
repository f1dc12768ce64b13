import type {
  ClaimRequirement,
  Denial,
  Grant,
  NetworkSet,
  PathPattern,
  SegmentRequirement,
} from '../../policy/rule.ts';
import { isSameMeaning, isWithin } from './same-meaning.ts';

type Rule = Grant | Denial;
type Keys = SegmentRequirement['keys'] | Denial;

/** Keys that are compared by what they let through. Any other key must say the same, so that a new one is never overlooked. */
const compared: ReadonlySet<string> = new Set([
  ...['id', 'at', 'effect', 'provider', 'groups', 'emails', 'domains', 'services', 'methods', 'paths', 'networks'],
  ...['claims', 'hours', 'when', 'mode', 'rollout', 'device', 'deviceFails', 'auth', 'risk', 'segment', 'userMessage'],
]);

/** Whatever the new grant opens, the old one opened as well. False where that is not certain. */
export function isNoWider(grant: Grant, old: Grant): boolean {
  if (grant.mode === 'report_only') return true;
  if (!actsOnNoMore(grant, old) || !meetsNoMore(grant, old)) return false;
  if (!isNoLaxer(grant, old)) return false;
  // Without services it is for people alone, with some for these alone.
  if ((grant.services === undefined) !== (old.services === undefined)) return false;
  // A grant without a limit of its own takes the levels of risk, which may be the stricter.
  if ((grant.risk === undefined) !== (old.risk === undefined)) return false;
  return old.segment === undefined || isRequirementKept(grant.segment?.keys, old.segment.keys);
}

/** What the old grant's segment required is still required. */
function isRequirementKept(keys: SegmentRequirement['keys'] | undefined, old: SegmentRequirement['keys']): boolean {
  return keys !== undefined && meetsNoMore(keys, old) && isNoLaxer(keys, old);
}

/** Whatever the old denial closed, the new one closes as well. False where that is not certain. */
export function isNoNarrower(denial: Denial, old: Denial): boolean {
  if (old.mode === 'report_only') return true;
  if (!actsOnNoMore(old, denial) || !meetsNoMore(old, denial)) return false;
  if (denial.deviceFails !== undefined && denial.deviceFails !== old.deviceFails) return false;
  return denial.risk === undefined || (old.risk !== undefined && denial.risk.above <= old.risk.above);
}

/** What grants alone ask for. */
function isNoLaxer(grant: SegmentRequirement['keys'], old: SegmentRequirement['keys']): boolean {
  if (old.device !== undefined && grant.device !== old.device) return false;
  if (old.risk !== undefined && (grant.risk === undefined || grant.risk.below > old.risk.below)) return false;
  if (old.auth === undefined) return true;
  const { auth } = grant;
  if (auth === undefined || auth.methods.some((method) => old.auth?.methods.includes(method) !== true)) return false;
  return (auth.maxAgeMs ?? Number.POSITIVE_INFINITY) <= (old.auth.maxAgeMs ?? Number.POSITIVE_INFINITY);
}

/** Whoever and whatever meets the one meets the other, as far as the keys go that grants and denials share. */
function meetsNoMore(one: Keys, other: Keys): boolean {
  if (other.provider !== undefined && one.provider !== other.provider) return false;
  for (const key of ['groups', 'emails', 'domains', 'services', 'methods'] as const) {
    const wanted = other[key];
    const own = one[key];
    if (wanted !== undefined && (own === undefined || !isWithin(own, wanted))) return false;
  }
  if (!isOfPaths(one.paths, other.paths) || !isOfNetworks(one.networks, other.networks)) return false;
  if (!(other.claims ?? []).every((wanted) => isAsked(one.claims, wanted))) return false;
  if (other.hours !== undefined && !isSameMeaning(one.hours, other.hours)) return false;
  if (other.when !== undefined && one.when?.source !== other.when.source) return false;
  const others = new Set([...Object.keys(one), ...Object.keys(other)].filter((key) => !compared.has(key)));
  return [...others].every((key) => isSameMeaning(Reflect.get(one, key), Reflect.get(other, key)));
}

function isOfPaths(own: readonly PathPattern[] | undefined, wanted: readonly PathPattern[] | undefined): boolean {
  if (wanted === undefined) return true;
  const sources = new Set(wanted.map(({ source }) => source));
  return sources.has('/**') || own?.every(({ source }) => sources.has(source)) === true;
}

function isOfNetworks(own: NetworkSet | undefined, wanted: NetworkSet | undefined): boolean {
  if (wanted === undefined || own === wanted) return true;
  if (own?.ranges === undefined || wanted.ranges === undefined) return false;
  return isWithin(new Set(own.ranges), new Set(wanted.ranges));
}

function isAsked(own: readonly ClaimRequirement[] | undefined, { claim, values }: ClaimRequirement): boolean {
  return own?.some((one) => one.claim === claim && isWithin(one.values, values)) === true;
}

/** The one acts on nobody on whom the other does not act. */
function actsOnNoMore(one: Rule, other: Rule): boolean {
  if (other.mode === undefined || other.mode === 'enforce') return true;
  if (one.mode === 'report_only') return true;
  if (other.mode === 'report_only' || one.mode !== 'partial') return false;
  const [mine, theirs] = [one.rollout, other.rollout];
  // Whom a percentage means depends on the rule's id.
  if (mine === undefined || theirs === undefined || one.id !== other.id || mine.by !== theirs.by) return false;
  if (mine.by === 'group' && !isSameMeaning(one.groups, other.groups)) return false;
  return (
    mine.percent <= theirs.percent && isWithin(mine.include, theirs.include) && isWithin(theirs.exclude, mine.exclude)
  );
}
