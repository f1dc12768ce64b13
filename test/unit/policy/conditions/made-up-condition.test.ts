import { describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import * as all from '../../../../src/policy/conditions/all-conditions.ts';
import { describeGrantCondition } from '../../../../src/policy/conditions/condition-descriptor.ts';

/** What a new key is: its file, and its line among all conditions. Nothing else of Postern is told of it. */
const names = describeGrantCondition({
  key: 'names',
  description: 'Any one of these names of people.',
  schema: ({ line }) => z.array(line(80, 'Ada')).min(1),
  misplaced: { help: 'name them in an allow rule' },
  compile: (values, { setOf }) => setOf(values) ?? new Set<string>(),
  conditionOf: (values) => ({
    key: 'names',
    check: ({ person }) => {
      if (person?.name === undefined) return 'unknown';
      return values.has(person.name) ? 'hit' : 'miss';
    },
  }),
  speaksOf: 'person',
  isOfPeople: true,
  saysWho: true,
  demands: (values) => [`the name ${[...values].join(' or ')}`],
  sampleEach: (values) =>
    [...values].map((name) => ({ axis: 'membership', apply: (from) => ({ ...from, who: [...from.who, name] }) })),
  factsRead: ({ person }) => [`name ${person?.name ?? 'not known'}`],
  obstacle: 'wrong_account',
  wanted: (values) => `one of the names ${[...(values ?? [])].join(', ')}`,
  lacking: { english: 'Another name', german: 'Ein anderer Name' },
});

jest.unstable_mockModule('../../../../src/policy/conditions/all-conditions.ts', () => ({
  ...all,
  conditionsOfGrants: { ...all.conditionsOfGrants, names },
}));
const { compileText, knownPerson, pagesOf, peopleNowMs, peopleYaml, routeYaml } = await import(
  '../../../support/people-snapshots.ts'
);
const { configurationJsonSchema, schemaAt } = await import('../../../../src/config/json-schema.ts');
const { describeConfiguration } = await import('../../../../src/config/describe-keys.ts');
const { diffEffects } = await import('../../../../src/config/diff/effects/diff-effects.ts');
const { openedBy } = await import('../../../../src/config/openings/opened-route.ts');
const { evaluate } = await import('../../../../src/policy/evaluate.ts');
const { factsBehind } = await import('../../../../src/cli/explain/facts-behind.ts');
const { wouldOpen } = await import('../../../../src/cli/would-open.ts');
const { impactOf } = await import('../../../../src/preview/impact.ts');
const { openPhrasebook } = await import('../../../../src/pages/messages/phrasebook.ts');

const route = async (allow: string) => {
  const snapshot = await compileText(peopleYaml(routeYaml('payroll', `    allow: [{ id: those, ${allow} }]`)));
  const [only] = snapshot.routes;
  if (only === undefined) throw new Error('The route is missing.');
  return { snapshot, route: only };
};
const factsOf = (name: string | undefined) => ({
  request: { method: 'GET', path: '/', address: '203.0.113.7', nowMs: peopleNowMs },
  person: { ...knownPerson('ada', ['staff'], { name }).person, sessionId: 's' },
  authentication: { provedAtMs: {} },
  device: undefined,
  risk: { source: 'session', asOfMs: peopleNowMs, score: 0, points: [] },
});

describe('a key of rules that is only described', () => {
  test('is read, and what is wrong in it is told with its place', async () => {
    const { policy } = (await route('names: [Ada]')).route;
    expect(policy.grants[0]).toMatchObject({ names: new Set(['Ada']) });
    await expect(route('names: []')).rejects.toThrow(/"names" is an empty list/);
    await expect(route('name: [Ada]')).rejects.toThrow(/did you mean "names"\?/);
    const denied = routeYaml('payroll', '    allow: [{ id: a, names: [Ada] }]\n    deny: [{ id: b, names: [Kim] }]');
    await expect(compileText(peopleYaml(denied))).rejects.toThrow(/name them in an allow rule/);
  });

  test('decides, and gives the reason that it says', async () => {
    const { policy } = (await route('names: [Ada]')).route;
    expect(evaluate(policy, factsOf('Ada')).outcome).toBe('allow');
    expect(evaluate(policy, factsOf('Kim'))).toMatchObject({ outcome: 'deny', reason: 'wrong_account' });
    expect(evaluate(policy, factsOf(undefined)).trace[0]).toMatchObject({
      verdict: 'unknown',
      conditions: expect.arrayContaining([{ key: 'names', verdict: 'unknown' }]),
    });
  });

  test('is a miss for services, where it is one of people', async () => {
    const { policy } = (await route('names: [Ada]')).route;
    const service = { source: 'connection', asOfMs: peopleNowMs, serviceId: 'builder', provedBy: 'token' as const };
    const { trace } = evaluate(policy, { ...factsOf('Ada'), person: undefined, service });
    expect(trace[0]?.conditions).toContainEqual({ key: 'names', verdict: 'miss' });
  });

  test('is explained: what was read, what would open, what the page says', async () => {
    const { policy } = (await route('names: [Ada]')).route;
    const facts = factsOf('Kim');
    expect(factsBehind('names', facts, false, undefined)).toEqual(['name Kim']);
    expect(wouldOpen(policy, evaluate(policy, facts), facts)).toEqual(['one of the names Ada']);
    expect(openPhrasebook('de').say('requirement.names' as 'requirement.groups')).toBe('Ein anderer Name');
  });

  test('is in the schema and in the table of keys, for segments too', () => {
    const schema = configurationJsonSchema();
    for (const path of [
      ['routes', 0, 'allow', 0, 'names'],
      ['segments', 'any', 'require', 'names'],
    ])
      expect(schemaAt(schema, path)).toMatchObject({ type: 'array', description: 'Any one of these names of people.' });
    expect(schemaAt(schema, ['routes', 0, 'deny', 0, 'names'])).toBeUndefined();
    expect(describeConfiguration()).toMatch(/\| `names` \| list: text \| {2}\| Any one of these names of people\. \|/);
  });

  test('counts where configurations are compared', async () => {
    const [before, after] = [await route('groups: [staff]'), await route('groups: [staff], names: [Ada]')];
    const people = pagesOf(
      knownPerson('kim', ['staff'], { name: 'Kim' }),
      knownPerson('ada', ['staff'], { name: 'Ada' }),
    );
    expect(await impactOf(before.snapshot, after.snapshot, people.pages(), peopleNowMs)).toMatchObject([
      { lost: ['kim@corp.example'], stricter: [{ person: 'ada@corp.example', needs: ['the name Ada'] }] },
    ]);
    expect([...openedBy(after.route, before.route)]).toEqual([]);
    expect([...openedBy(before.route, after.route)]).toEqual(['payroll/those may grant more']);
    const { effects } = await diffEffects(before.snapshot, after.snapshot, peopleNowMs);
    expect(effects.map(({ who }) => who)).toContain('somebody in staff');
  });
});
