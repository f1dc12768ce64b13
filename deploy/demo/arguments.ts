import { parseArgs } from 'node:util';

export interface DemoArguments {
  /** One line of JSON on stdout when ready, and nothing else there. */
  readonly isJson: boolean;
  readonly opensBrowser: boolean;
}

/** Reads the command line; answers a sentence when there is something in it that the demo does not know. */
export function readArguments(args: readonly string[]): DemoArguments | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, open: { type: 'boolean' } },
    });
    return { isJson: values.json === true, opensBrowser: values.open === true };
  } catch {
    return `The demo knows --json and --open, not "${args.join(' ')}".`;
  }
}
