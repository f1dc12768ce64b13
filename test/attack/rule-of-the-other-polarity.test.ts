import { describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../src/config/load-configuration.ts';
import { baseConfiguration, basePorts } from '../support/config-files.ts';

/** security-rules.md 15: a word of the other effect would make a rule say the opposite of what it reads. */
describe('a rule with a word of the other effect is never loaded', () => {
  const allowed = 'risk: { below: 40 }';
  const denied = 'groups: [contractors]';
  test.each([
    ['allow', allowed, 'risk: { above: 40 }', 'below'],
    ['allow', allowed, 'device_fails: managed-laptop', 'device:'],
    ['deny', denied, 'risk: { below: 40 }', 'above'],
    ['deny', denied, 'device: managed-laptop', 'device_fails'],
    ['deny', denied, 'auth: { methods: [passkey] }', 'allow rules'],
  ])('%s, %s as %s', async (_, from, to, rightWord) => {
    const text = baseConfiguration.replace(from, to);
    const result = await compileConfiguration(text, await basePorts(), { folder: '/etc/postern' });
    const problems = result.outcome === 'refused' ? result.problems : [];
    expect(problems.map(({ code }) => code)).toEqual(['P024']);
    expect(problems[0]?.help).toContain(rightWord);
  });

  test('both words at once are refused too', async () => {
    const text = baseConfiguration.replace(allowed, 'risk: { below: 40, above: 10 }');
    const result = await compileConfiguration(text, await basePorts(), { folder: '/etc/postern' });
    expect(result.outcome).toBe('refused');
  });
});
