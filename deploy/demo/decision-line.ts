/** An entry of the audit trail, as far as a line for people needs it (docs/audit.md). */
interface Entry {
  readonly type?: unknown;
  readonly time?: unknown;
  readonly decision_id?: unknown;
  readonly outcome?: unknown;
  readonly result?: unknown;
  readonly reason?: unknown;
  readonly route?: unknown;
  readonly method?: unknown;
  readonly path?: unknown;
  readonly host?: unknown;
  readonly subject?: { readonly email?: unknown; readonly subject?: unknown };
  readonly facts?: { readonly person?: { readonly email?: unknown; readonly subject?: unknown } };
  readonly facts_id?: unknown;
  readonly facts_ref?: unknown;
}

const words: Readonly<Record<string, string>> = {
  allow: 'ALLOW',
  deny: 'DENY',
  sign_in: 'SIGN IN',
  step_up: 'STEP UP',
};
const activities: Readonly<Record<string, string>> = {
  sign_in: 'signed in',
  step_up: 'confirmed',
  sign_out: 'signed out',
  session_ended: 'session ended',
  stream_closed: 'open connection closed',
  device_facts_set: 'device facts',
  device_report: 'device report',
};

/** What strangers send must not move the cursor of somebody's terminal. */
const plain = (value: unknown) => (typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '?').slice(0, 120) : '');

const nameOf = (person: Entry['subject']) => plain(person?.email ?? person?.subject).replace(/@.*/, '') || '-';

function clock(time: unknown): string {
  const date = new Date(plain(time));
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8);
}

const line = (entry: Entry, ...columns: readonly string[]) =>
  `${clock(entry.time)}  ${columns.join('  ')}  ${plain(entry.decision_id)}`;

/** One line for one decision, refusal, sign-in or sign-out; `undefined` for entries that people need not see. */
export function formatEntry(entry: Entry): string | undefined {
  const reason = plain(entry.reason);
  switch (entry.type) {
    case 'decision': {
      const word = words[plain(entry.outcome)] ?? '?';
      const name = nameOf(entry.facts?.person);
      const request = `${plain(entry.method)} ${plain(entry.path)}`;
      return line(entry, word.padEnd(7), name.padEnd(4), plain(entry.route).padEnd(9), reason, request);
    }
    case 'refusal':
      return line(entry, 'REFUSED', '-   ', (plain(entry.host) || '-').padEnd(9), reason, plain(entry.method));
    default: {
      const activity = activities[plain(entry.type)];
      if (activity === undefined) return undefined;
      const outcome = entry.result === 'failure' ? `failed: ${reason}` : '';
      return line(entry, '·      ', nameOf(entry.subject).padEnd(4), `${activity} ${outcome}`.trimEnd());
    }
  }
}

/** Gives entries that only point to facts the facts that an entry before them holds. */
export function createFactsJoin(): (entry: Entry) => Entry {
  const known = new Map<unknown, Entry['facts']>();
  return (entry) => {
    if (entry.facts_id !== undefined) known.set(entry.facts_id, entry.facts);
    return entry.facts_ref === undefined ? entry : { ...entry, facts: known.get(entry.facts_ref) ?? {} };
  };
}

/** Reads a line of the trail; `undefined` for what is not an event. */
export function parseTrailLine(text: string): Entry | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('event' in parsed)) return undefined;
    return typeof parsed.event === 'object' && parsed.event !== null ? parsed.event : undefined;
  } catch {
    return undefined;
  }
}
