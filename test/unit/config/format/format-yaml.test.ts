import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { formatYaml } from '../../../../src/config/format/format-yaml.ts';
import { baseConfiguration } from '../../../support/config-files.ts';
import { cpuMsOf } from '../../../support/cpu-time.ts';

function formatted(text: string): string {
  const result = formatYaml('postern.yaml', text);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.text;
}

describe('formatting a configuration', () => {
  test('sets indentation, spacing and blank lines, and leaves comments where they are', () => {
    const before = `# top
version:   1   # the format


server:
    listeners:   # where people come
    - { address: "0.0.0.0:8443",public_port: 443 } # public
    -   address: '127.0.0.1:1'
        public_port: 5
    # about sign-in
    auth_host :  auth.corp.example

routes:
- name: a
  allow: [ {id: x, groups: [a,b , c]},{id: y} ]
  text: |
      first
        second
  empty:
  many: [
      one,   # the first
      two
    ]
  # at the end of the route
# at the end`;
    expect(formatted(before)).toBe(`# top
version: 1   # the format

server:
  listeners:   # where people come
    - { address: "0.0.0.0:8443", public_port: 443 } # public
    - address: '127.0.0.1:1'
      public_port: 5
  # about sign-in
  auth_host: auth.corp.example

routes:
  - name: a
    allow: [{ id: x, groups: [a, b, c] }, { id: y }]
    text: |
      first
        second
    empty:
    many: [
        one,   # the first
        two
      ]
    # at the end of the route
# at the end
`);
  });

  test.each([
    ['a mark at the start and Windows line ends', '\ufeffa: 1\r\nb: 2\r\n', 'a: 1\nb: 2\n'],
    ['anchors and aliases', 'a:  &x {b: 1}\nc:   *x\n', 'a: &x { b: 1 }\nc: *x\n'],
    ['a colon after an alias that is a key', '{*x : 1, &y k: 2}\n', '{ *x : 1, &y k: 2 }\n'],
    ['lists of lists', '-   - a\n    - b\n-\n   - c\n', '- - a\n  - b\n-\n  - c\n'],
    ['an explicit key', '? a\n: b\n', '? a\n: b\n'],
    ['brackets in texts', 'a: "[ x ]"\nb: x [ y ]\n', 'a: "[ x ]"\nb: x [ y ]\n'],
    ['empty collections', 'a: [ ]\nb: {  }\n', 'a: []\nb: {}\n'],
    ['a text on the next line', 'a:\n      some\n      words\n', 'a:\n  some\n  words\n'],
    ['a block text with an indicator', 'a:\n    b: |2\n         x\n', 'a:\n  b: |2\n       x\n'],
    ['nothing but a comment', '# only\n', '# only\n'],
    ['a start marker', '---\na:  1\n', '---\na: 1\n'],
  ])('%s', (_, before, after) => {
    expect(formatYaml('postern.yaml', before)).toEqual({ outcome: 'formatted', text: after });
  });

  test('what this project shows is formatted', async () => {
    const example = await readFile(join(import.meta.dirname, '../../../../config/example.yaml'), 'utf8');
    expect(formatted(example)).toBe(example);
    expect(formatted(baseConfiguration)).toBe(baseConfiguration);
  });

  test('a text that is not YAML is refused with its place, and its secrets are not shown', () => {
    const result = formatYaml('postern.yaml', 'a: 1\nclient_secret: hunter2 "x\n\tb: [\n');
    expect(result).toMatchObject({ outcome: 'refused', problems: [{ code: 'P003', at: { file: 'postern.yaml' } }] });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('six times as many routes take about six times as long', () => {
    const route = (index: number) =>
      `- name: r${index}\n  from:  https://h${index}.example\n  allow: [{id: x,groups: [a,b]}]\n`;
    const text = (count: number) => `routes:\n${Array.from({ length: count }, (_, index) => route(index)).join('')}`;
    const few = cpuMsOf(() => formatted(text(500)));
    expect(cpuMsOf(() => formatted(text(3_000)))).toBeLessThan(few * 30);
  });
});
