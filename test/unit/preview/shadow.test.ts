import { describe, expect, test } from '@jest/globals';
import type { Judgement, Question } from '../../../src/access/judge.ts';
import type { Route } from '../../../src/config/route.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import type { Decision } from '../../../src/decision/decision.ts';
import type { DecisionId } from '../../../src/decision/decision-id.ts';
import type { ShadowChange } from '../../../src/preview/shadow.ts';
import { createShadow, type ShadowDifference } from '../../../src/preview/shadow.ts';

const allow = { outcome: 'allow', reason: 'granted', grant: 'g', trace: [] } as unknown as Decision;
const deny = { outcome: 'deny', reason: 'not_in_required_group', trace: [] } as unknown as Decision;
const stepUp = { outcome: 'step_up', reason: 'step_up_required', trace: [] } as unknown as Decision;
const signIn = { outcome: 'sign_in', reason: 'login_required', trace: [] } as unknown as Decision;
const broken = { outcome: 'deny', reason: 'state_unavailable', trace: [] } as unknown as Decision;
const as = (decision: Decision) => ({ decision, facts: {}, endsSession: false }) as unknown as Judgement;

const route = { name: 'wiki', host: 'wiki.localhost' } as Route;
const decisionId = 'dec_01KE6P4YM0AJ57JZWXAZTEG940' as DecisionId;
const question = { route, path: '/page', purpose: 'request', session: undefined, decisionId } as unknown as Question;

/** A shadow whose judge says this; `hasRoute` false: its configuration has no such route. */
function shadowing(decide: (asked: Question) => Judgement | Promise<Judgement>, hasRoute = true, nowMs = () => 60_000) {
  const counted: ShadowChange[] = [];
  const told: ShadowDifference[] = [];
  const asked: Question[] = [];
  const shadow = createShadow({
    judge: {
      decide(one) {
        asked.push(one);
        return decide(one);
      },
    },
    metrics: { shadowChanged: (change) => void counted.push(change) },
    onDifference: (difference) => void told.push(difference),
    toldPerMinute: 2,
    now: nowMs,
  });
  const snapshot = {
    file: 'new.yaml',
    hash: 'f'.repeat(64),
    routeTable: { find: () => (hasRoute ? route : undefined) },
  };
  shadow.set(snapshot as unknown as Snapshot);
  const settle = async () => {
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  };
  return { shadow, counted, told, asked, settle };
}

describe('a shadow', () => {
  test.each<[string, Decision, Decision, readonly ShadowChange[]]>([
    ['a yes that becomes a no', allow, deny, ['newly_denied']],
    ['a no that becomes a yes', deny, allow, ['newly_allowed']],
    ['a yes that asks for more', allow, stepUp, ['newly_step_up']],
    ['a step-up that becomes a no', stepUp, deny, ['newly_denied']],
    ['the same answer for another reason', deny, signIn, []],
    ['the same answer', allow, allow, []],
    ['a shadow that cannot decide', allow, broken, ['not_comparable']],
    ['a request that could not be decided', broken, allow, ['not_comparable']],
  ])('counts %s', async (_title, live, other, expected) => {
    const { shadow, counted, settle } = shadowing(() => as(other));
    shadow.observe(question, as(live));
    await settle();
    expect(counted).toEqual(expected);
    expect(shadow.status()).toMatchObject({ compared: 1 });
  });

  test('asks for a preview, so that risk learns nothing, and only after the request has gone on', async () => {
    const { shadow, asked, settle } = shadowing(() => as(deny));
    shadow.observe(question, as(allow));
    expect(asked).toEqual([]);
    await settle();
    expect(asked.map(({ purpose }) => purpose)).toEqual(['preview']);
  });

  test('takes a route that is gone for a no', async () => {
    const { shadow, counted, settle } = shadowing(() => as(allow), false);
    shadow.observe(question, as(allow));
    await settle();
    expect(counted).toEqual(['newly_denied']);
  });

  test('never throws, whatever its judge does', async () => {
    for (const decide of [
      () => {
        throw new Error('broken');
      },
      () => Promise.reject(new Error('broken')),
    ]) {
      const { shadow, counted, settle } = shadowing(decide);
      shadow.observe(question, as(allow));
      await settle();
      expect(counted).toEqual(['not_comparable']);
    }
    const { shadow, counted, settle } = shadowing(() => as(allow));
    shadow.observe(question, Promise.reject(new Error('the live judge')));
    await settle();
    expect(counted).toEqual([]);
  });

  test('counts all and tells a few in a minute', async () => {
    let nowMs = 60_000;
    const { shadow, counted, told, settle } = shadowing(
      () => as(deny),
      true,
      () => nowMs,
    );
    for (let count = 0; count < 5; count += 1) shadow.observe(question, as(allow));
    await settle();
    expect([counted.length, told.length]).toEqual([5, 2]);
    nowMs += 60_000;
    shadow.observe(question, as(allow));
    await settle();
    expect(told.at(-1)).toMatchObject({
      decisionId,
      change: 'newly_denied',
      route: 'wiki',
      shadowReason: 'not_in_required_group',
    });
    expect(told).toHaveLength(3);
  });

  test('that is off costs nothing and is not asked', async () => {
    const { shadow, asked, settle } = shadowing(() => as(deny));
    shadow.set(undefined);
    shadow.observe(question, as(allow));
    await settle();
    expect([asked, shadow.status()]).toEqual([[], undefined]);
  });
});
