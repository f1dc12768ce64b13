/** What was being done for a connection: the label of the metric that counts what broke. */
export const connectionWork = [
  'connection',
  'request',
  'upgrade',
  'connect',
  'unreadable',
  'transfer',
  'tunnel',
  'stream',
  'application',
] as const;
export type ConnectionWork = (typeof connectionWork)[number];
