import { describe, expect, test } from '@jest/globals';
import { setRollout } from '../../../../src/config/format/set-rollout.ts';

const text = `# who may what
routes:
  - name: payroll
    allow:
      - { id: finance, groups: [finance] } # the team
    deny:
      - id: no-contractors   # since March
        groups: [contractors]
        mode: partial
        rollout: { percent: 25, by: user, exclude: [root-1@corp.example] } # raise slowly
      - id: tried
        mode: report_only
        groups: [x]
  - name: wiki
    allow:
      - { id: finance, mode: enforce, groups: [y] }
`;

function set(route: string, rule: string, percent: number): string {
  const edit = setRollout(text, route, rule, percent);
  if (edit.outcome === 'refused') throw new Error(edit.why);
  return edit.text;
}

describe('writing a percentage to a rule', () => {
  test('changes the number alone where there is one: comments and lists stay', () => {
    expect(set('payroll', 'no-contractors', 60)).toBe(text.replace('percent: 25', 'percent: 60'));
    expect(setRollout(text, 'payroll', 'no-contractors', 60)).toMatchObject({
      before: { mode: 'partial', percent: 25 },
    });
  });

  test('makes a rule that enforces a staged one, in its own layout', () => {
    const staged = ', mode: partial, rollout: { percent: 5, by: user }, groups: [finance] } # the team';
    expect(set('payroll', 'finance', 5)).toBe(text.replace(', groups: [finance] } # the team', staged));
  });

  test('makes a reported rule a staged one', () => {
    const lines = '      - id: tried\n        rollout: { percent: 5, by: user }\n        mode: partial\n';
    expect(set('payroll', 'tried', 5)).toBe(text.replace('      - id: tried\n        mode: report_only\n', lines));
  });

  test('means the rule of the named route, not one of the same id elsewhere', () => {
    const staged = '{ id: finance, rollout: { percent: 7, by: user }, mode: partial, groups: [y] }';
    expect(set('wiki', 'finance', 7)).toBe(text.replace('{ id: finance, mode: enforce, groups: [y] }', staged));
  });

  test('says what it cannot find', () => {
    expect(setRollout(text, 'payrol', 'x', 5)).toEqual({
      outcome: 'refused',
      why: 'There is no route "payrol" in the file.',
    });
    expect(setRollout(text, 'wiki', 'x', 5)).toMatchObject({ outcome: 'refused' });
    expect(setRollout('a: [', 'wiki', 'x', 5)).toMatchObject({ outcome: 'refused' });
  });
});
