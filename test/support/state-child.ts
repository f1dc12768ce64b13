import { randomBytes } from 'node:crypto';
import { createSessions } from '../../src/sessions/session-registry.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { untilUnlocked } from './until-unlocked.ts';

/** A process on the state file: obeys one line of JSON at a time, and answers each with one. */
const [path, key] = process.argv.slice(2);
const store = await createSqliteStore({ path: path ?? '', key: key ?? '', now: Date.now, randomBytes });
const sessions = createSessions({
  store,
  settings: () => ({ expirationMs: 3_600_000, inactivityMs: 3_600_000 }),
  now: Date.now,
  randomBytes,
});

const commands: Readonly<Record<string, (...args: string[]) => Promise<unknown>>> = {
  async find(secret = '', host = '') {
    await sessions.freshen();
    return (await sessions.findByCredential(secret, host, Date.now())).found;
  },
  /** True when memory alone answers. */
  async isRemembered(secret = '', host = '') {
    return !(sessions.findByCredential(secret, host, Date.now()) instanceof Promise);
  },
  async end(id = '') {
    const session = (await sessions.page({ limit: 1_000 })).sessions.find((each) => each.id === id);
    return session !== undefined && untilUnlocked(() => sessions.end(session.id, 'admin'));
  },
  async take(name = '') {
    return (await untilUnlocked(() => store.take('ticket', name))) !== undefined;
  },
  async increment(key = '', times = '1') {
    for (let count = 0; count < Number(times); ) {
      const found = await store.read('device', key);
      const value = found.found === 'record' ? Number(found.record.value) : 0;
      const expectedVersion = found.found === 'record' ? found.record.version : 0;
      const written = await untilUnlocked(() =>
        store.write({ kind: 'device', key, value: String(value + 1), expectedVersion }),
      );
      if (written.outcome === 'written') count += 1;
    }
    return 'done';
  },
  /** Writes pairs without end: both records of a pair, or none. Says each pair that was committed. */
  async flood() {
    for (let pair = 0; ; pair += 1) {
      const value = String(pair).padEnd(2_000, '.');
      await store.writeAll([
        { kind: 'device', key: 'left', value, expectedVersion: 'any' },
        { kind: 'device', key: 'right', value, expectedVersion: 'any' },
        { kind: 'device_nonce', key: `n${pair}`, value, expectedVersion: 0 },
      ]);
      process.stdout.write(`${JSON.stringify(pair)}\n`);
    }
  },
};

let input = '';
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  input += chunk;
  for (let end = input.indexOf('\n'); end !== -1; end = input.indexOf('\n')) {
    const [name = '', ...args]: string[] = JSON.parse(input.slice(0, end));
    input = input.slice(end + 1);
    commands[name]?.(...args).then(
      (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
      (fault: unknown) => process.stdout.write(`${JSON.stringify({ fault: String(fault) })}\n`),
    );
  }
});
process.stdin.on('end', () => process.exit(0));
process.stdout.write('"ready"\n');
