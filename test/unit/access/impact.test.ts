import { describe, expect, test } from '@jest/globals';
import { impactOf } from '../../../src/access/impact.ts';
import {
  compileText,
  knownPerson,
  pagesOf,
  peopleNowMs,
  peopleYaml,
  routeYaml,
} from '../../support/people-snapshots.ts';

const people = () =>
  pagesOf(
    knownPerson('ada', ['finance']),
    knownPerson('noor', ['finance', 'contractors']),
    knownPerson('lin', []),
  ).pages();

async function impact(before: string, after: string) {
  return impactOf(await compileText(peopleYaml(before)), await compileText(peopleYaml(after)), people(), peopleNowMs);
}
const payroll = (rules: string) => routeYaml('payroll', rules);
const wiki = routeYaml('wiki', '    allow: [{ id: all, domains: [corp.example] }]');
const finance = '    allow: [{ id: finance, groups: [finance], auth: { methods: [passkey], max_age: 15m } }]';

describe('who gains and who loses', () => {
  test('is nobody when the rules are the same', async () => {
    expect(await impact(payroll(finance) + wiki, wiki + payroll(finance))).toEqual([]);
  });

  test('names who loses to a new denial and who gains from a new route', async () => {
    const after = payroll(`${finance}\n    deny: [{ id: no-contractors, groups: [contractors] }]`) + wiki;
    expect(await impact(payroll(finance), after)).toEqual([
      { route: 'payroll', gained: [], lost: ['noor@corp.example'], stricter: [] },
      {
        route: 'wiki',
        gained: ['ada@corp.example', 'noor@corp.example', 'lin@corp.example'],
        lost: [],
        stricter: [],
      },
    ]);
  });

  test('names who has to bring more, and what', async () => {
    const more =
      '    allow: [{ id: finance, groups: [finance], device: managed-laptop, auth: { methods: [passkey], max_age: 5m } }]';
    const [one] = await impact(payroll(finance), payroll(more));
    expect(one).toMatchObject({ gained: [], lost: [] });
    expect(one?.stricter[0]).toEqual({
      person: 'ada@corp.example',
      needs: ['device managed-laptop', 'a younger proof'],
    });
    expect(await impact(payroll(more), payroll(finance))).toEqual([]);
  });

  test('counts a removed route as lost', async () => {
    expect(await impact(payroll(finance) + wiki, payroll(finance))).toMatchObject([
      { route: 'wiki', lost: ['ada@corp.example', 'noor@corp.example', 'lin@corp.example'] },
    ]);
  });
});
