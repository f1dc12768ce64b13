import { once } from 'node:events';
import { createInterface as createLineReader } from 'node:readline';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks on the terminal and waits for y or n; anything but a yes is a no. `undefined` where nobody sits at one. */
export function createConfirm(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): ((question: string) => Promise<boolean>) | undefined {
  if (!input.isTTY) return undefined;
  return async (question) => {
    const lines = createInterface({ input, output });
    try {
      // Who closes the input has not said yes.
      const closed = once(lines, 'close').then(() => '');
      return /^\s*y(es)?\s*$/i.test(await Promise.race([lines.question(question), closed]));
    } finally {
      lines.close();
    }
  };
}

/** Asks a person several things, one after the other. */
export interface Interview {
  /** Waits for a line; `undefined` when the person went away (Ctrl-C, Ctrl-D), from then on for every question. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** The same, and what is typed is not shown. */
  readonly askSecret: (question: string) => Promise<string | undefined>;
  /** Gives the terminal back. */
  readonly end: () => void;
}

/** Opens an interview. One reader serves all of it, so that a line which was typed early waits for its question. */
export function openInterview(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Interview {
  let isShown = true;
  const screen = new Writable({
    write(chunk, _, done) {
      if (isShown) output.write(chunk);
      done();
    },
  });
  const reader = createLineReader({ input, output: screen, terminal: true, historySize: 0 });
  const typed: string[] = [];
  let isOver = false;
  let wake: (() => void) | undefined;
  reader.on('line', (line) => {
    typed.push(line);
    wake?.();
  });
  reader.on('SIGINT', () => reader.close());
  reader.on('close', () => {
    isOver = true;
    wake?.();
  });

  const next = async (question: string, isSecret: boolean): Promise<string | undefined> => {
    if (isOver && typed.length === 0) return undefined;
    reader.setPrompt(question);
    if (!isOver) reader.prompt();
    isShown = !isSecret;
    while (typed.length === 0 && !isOver) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    isShown = true;
    if (isSecret || isOver) output.write('\n');
    return typed.shift();
  };

  return {
    ask: (question) => next(question, false),
    askSecret: (question) => next(question, true),
    end: () => reader.close(),
  };
}
