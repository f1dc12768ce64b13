import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { openInterview } from '../../../src/cli/ask-person.ts';

/** A terminal of which everything that is shown is kept. */
function terminal() {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  let shown = '';
  output.on('data', (text: string) => {
    shown += text;
  });
  const interview = openInterview(input as unknown as NodeJS.ReadStream, output as unknown as NodeJS.WriteStream);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor is no text.
  const text = () => shown.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  return { ...interview, type: (keys: string) => input.write(keys), text };
}

describe('an interview', () => {
  test('shows what is typed, and of a secret nothing', async () => {
    const person = terminal();
    const domain = person.ask('Domain: ');
    person.type('corp.example\r');
    expect(await domain).toBe('corp.example');
    const secret = person.askSecret('Secret: ');
    person.type('hunter2\r');
    expect(await secret).toBe('hunter2');
    const app = person.ask('App: ');
    person.type('wiki\r');
    expect(await app).toBe('wiki');
    person.end();
    expect(person.text()).toContain('corp.example');
    expect(person.text()).toContain('Secret: \n');
    expect(person.text()).toContain('wiki');
    expect(person.text()).not.toContain('hunter2');
    expect(person.text()).not.toContain('h');
  });

  test('keeps a line that was typed before its question', async () => {
    const person = terminal();
    person.type('one\rtwo\r');
    expect([await person.ask('1: '), await person.ask('2: ')]).toEqual(['one', 'two']);
    person.end();
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is over for every question once somebody presses %s', async (_, key) => {
    const person = terminal();
    const first = person.askSecret('Secret: ');
    person.type(`half${key}`);
    if (key === '\u0004') person.type('\u0015\u0004');
    expect(await first).toBeUndefined();
    expect(await person.ask('Next: ')).toBeUndefined();
    expect(person.text()).not.toContain('half');
  });
});
