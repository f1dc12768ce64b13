import type { CheckResult, Verdict } from '../../decision/decision.ts';
import type { Facts, PostureFacts } from '../../decision/facts.ts';
import type { Condition } from '../condition.ts';
import { postureProblem } from '../posture-problem.ts';
import { describeCondition, describeGrantCondition } from './condition-descriptor.ts';
import type { Absent, ConditionWords, GivenFacts, Wording } from './condition-words.ts';
import { sampledAs } from './sample-draft.ts';
import { sharedByText } from './share-conditions.ts';

function postureOf(facts: Facts, posture: string): PostureFacts | undefined {
  const postures = facts.device?.postures;
  return postures !== undefined && Object.hasOwn(postures, posture) ? postures[posture] : undefined;
}

function verdictOf(result: PostureFacts['result'] | undefined, sought: 'pass' | 'fail'): Verdict {
  switch (result) {
    case 'warned':
      return sought === 'pass' ? 'hit' : 'miss';
    case 'pass':
    case 'fail':
      return result === sought ? 'hit' : 'miss';
    case 'stale':
    case 'unknown':
    case 'unavailable':
    case undefined:
      return 'unknown';
  }
}

/** The device of this connection passes the posture, or is in its grace: for grants. Without a device, or without fresh facts, unknown. */
function deviceCondition(posture: string): Condition {
  return { key: 'device', check: (facts) => verdictOf(postureOf(facts, posture)?.result, 'pass') };
}

/** The device of this connection fails the posture: for denials. What is unknown there closes (security-rules.md 14, 15). */
function deviceFailsCondition(posture: string): Condition {
  return { key: 'device_fails', check: (facts) => verdictOf(postureOf(facts, posture)?.result, 'fail') };
}

/** What both keys have in common: the name of a posture. */
const ofPosture = {
  schema: ({ name }: ConditionWords) => name,
  names: 'posture',
  compile: (posture: string) => posture,
  speaksOf: 'situation',
  isOfPeople: false,
  saysWho: false,
  postureRead: (posture: string) => posture,
  isSettledBy: ({ device }: GivenFacts) => device !== undefined && Object.keys(device).length === 0,
  isNoWider: (own: string | undefined, wanted: string) => own === wanted,
} as const;

/** `device`: the posture that the device must pass. */
export const device = describeGrantCondition({
  ...ofPosture,
  key: 'device',
  description: 'The posture that the device of this connection must pass.',
  misplaced: { help: 'in a deny rule write device_fails: the posture that must fail' },
  conditionOf: sharedByText((posture) => posture, deviceCondition),
  comparedAs: 'text',
  demands: (posture, before) => (before.includes(posture) ? [] : [`device ${posture}`]),
  factsRead: (facts, { value, isMet }, wording) => deviceWords(facts, isMet, value, wording),
  obstacle: 'policy_error',
  obstacleBy: (postures, facts) => problemOf(postures, facts)?.reason,
  obstacleDetails: problemOf,
  wanted: (posture = '', facts, absent) => wantedWords(posture, facts, absent),
  need: () => 'device check',
  lacking: { english: 'A device that passes its checks', german: 'Ein Gerät, das die Prüfungen besteht' },
});

/** `device_fails`: the posture that the device must fail. */
export const deviceFails = describeCondition({
  ...ofPosture,
  key: 'device_fails',
  description: 'The posture that the device must fail.',
  misplaced: { help: 'in an allow rule write device: the posture that must pass' },
  conditionOf: sharedByText((posture) => posture, deviceFailsCondition),
  sample: (posture, from) => sampledAs(from, `whose device fails ${posture}`, { failing: [...from.failing, posture] }),
  closingAnswer: (posture, facts) => postureProblem(facts, posture),
  factsRead: (facts, { isMet }, wording) => deviceWords(facts, !isMet, undefined, wording),
});

/** What is wrong with the device, by the first posture that keeps the grant shut: its own or its segment's. */
function problemOf(postures: readonly string[], facts: Facts): ReturnType<typeof postureProblem> | undefined {
  const posture = postures.find((one) => verdictOf(postureOf(facts, one)?.result, 'pass') !== 'hit');
  return posture === undefined ? undefined : postureProblem(facts, posture);
}

function wantedWords(posture: string, facts: Facts, absent: Absent): string {
  const judged = postureOf(facts, posture);
  if (judged === undefined) return `posture ${posture} (${absent})`;
  const failing = judged.checks.filter(({ result }) => result !== 'pass');
  const checks = failing.map(
    ({ check, value, result }) => `${check} = ${value === undefined ? result : String(value)}`,
  );
  return `posture ${posture}: ${checks.join(', ')}`;
}

function deviceWords(
  { device: seen, request }: Facts,
  isMet: boolean,
  posture: string | undefined,
  wording: Wording,
): readonly string[] {
  if (seen === undefined) return ['no device certificate'];
  const judged = Object.values(seen.postures).filter((one) =>
    posture === undefined ? (one.result === 'pass' || one.result === 'warned') === isMet : one.posture === posture,
  );
  if (judged.length === 0) return [`device ${seen.deviceId}: no posture was judged`];
  return judged.map((one) => postureWords(one, isMet, request.nowMs, wording));
}

function postureWords(judged: PostureFacts, isMet: boolean, nowMs: number, wording: Wording): string {
  const { posture, result, checks, warnedUntilMs } = judged;
  const failing = checks.filter((check) => check.result !== 'pass');
  const say = (told: readonly CheckResult[]) => told.map((check) => checkWords(check, nowMs, wording)).join(', ');
  if (result === 'warned' && warnedUntilMs !== undefined)
    return `posture ${posture}: warned until ${new Date(warnedUntilMs).toISOString()}: ${say(failing)}`;
  const told = isMet ? checks : failing;
  return `posture ${posture}: ${told.length === 0 ? result : say(told)}`;
}

function checkWords({ check, result, value, source, asOfMs }: CheckResult, nowMs: number, wording: Wording): string {
  const seen = value === undefined ? result : `${String(value)}${result === 'stale' ? ', stale' : ''}`;
  if (asOfMs === undefined) return `${check} = ${seen} (never reported)`;
  const when = `reported ${wording.clockTime(asOfMs)}, ${wording.ageBefore(asOfMs, nowMs)}`;
  return `${check} = ${seen} (${source ?? 'source not known'}, ${when})`;
}
