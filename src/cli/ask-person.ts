import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

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
