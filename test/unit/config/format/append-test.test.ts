import { describe, expect, test } from '@jest/globals';
import { appendTest } from '../../../../src/config/format/append-test.ts';
import { formatYaml } from '../../../../src/config/format/format-yaml.ts';

const one = { name: 'ada: wiki opens', given: { groups: ['a', 'b, c'], auth: { otp: '2h' } }, accept: ['wiki'] };
const lines = `- name: "ada: wiki opens"\n  given: { groups: [a, "b, c"], auth: { otp: 2h } }\n  accept: [wiki]\n`;
const indented = lines.replace(/^(?=.)/gm, '  ');

function append(text: string): string {
  const appended = appendTest(text, one);
  if (appended.outcome === 'refused') throw new Error(appended.why);
  return appended.text;
}

describe('a test that is appended', () => {
  test.each([
    ['at the end of a text without tests', 'version: 1\n', `version: 1\n\ntests:\n${indented}`],
    ['to an empty file', '', `tests:\n${indented}`],
    ['to a key with nothing behind it', 'tests: # Ours.\nversion: 1\n', `tests: # Ours.\n${indented}version: 1\n`],
    ['to an empty list', 'tests: []\nversion: 1\n', `tests:\n${indented}version: 1\n`],
    [
      'behind the last one, with its indent, before what follows',
      'tests:\n- { name: x, accept: [a] } # Why.\n\n# Routes.\nroutes: 1\n',
      `tests:\n- { name: x, accept: [a] } # Why.\n${lines}\n# Routes.\nroutes: 1\n`,
    ],
    [
      'where no line feed ends the text',
      'tests:\n  - name: x\n    accept: [a]',
      `tests:\n  - name: x\n    accept: [a]\n${indented}`,
    ],
    [
      'behind a text of several lines',
      'tests:\n  - name: |\n      x\n      y\nb: 1\n',
      `tests:\n  - name: |\n      x\n      y\n${indented}b: 1\n`,
    ],
  ])('stands %s', (_where, before, after) => {
    expect(append(before)).toBe(after);
  });

  test('has the line endings of the file, and leaves a formatted file formatted', () => {
    expect(append('tests:\r\n  - name: x\r\n    accept: [a]\r\n')).not.toMatch(/[^\r]\n/);
    const text = append('version: 1\n\ntests:\n  - name: x\n    accept: [a]\n');
    expect(formatYaml('x', text)).toEqual({ outcome: 'formatted', text });
  });

  test('is not put between brackets', () => {
    expect(appendTest('tests: [{ name: x, accept: [a] }]\n', one)).toMatchObject({ outcome: 'refused' });
  });
});
