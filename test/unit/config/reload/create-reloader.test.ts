import { describe, expect, test } from '@jest/globals';
import { createReloader, type ReloaderParts } from '../../../../src/config/reload/create-reloader.ts';
import type { HistoryEntry, Loaded, ReloadCheck, ReloadSource } from '../../../../src/config/reload/reload.ts';
import { createSnapshotHolder } from '../../../../src/config/reload/snapshot-holder.ts';
import type { Snapshot } from '../../../../src/config/snapshot.ts';

const path = '/etc/postern/postern.yaml';
const hashOf = (letter: string) => letter.repeat(64);

/** As much of a configuration as the engine looks at. */
function snapshotOf(letter: string, port = 8443): Snapshot {
  const server = {
    listeners: [{ host: '0.0.0.0', port, publicPort: 443 }],
    redirectHttp: undefined,
    tls: undefined,
    limits: {},
  };
  return { hash: hashOf(letter), file: path, server, admin: undefined, state: {}, audit: {} } as unknown as Snapshot;
}

function loaded(snapshot: Snapshot, files: Record<string, string> = {}, text = `text of ${snapshot.hash[0]}`): Loaded {
  return {
    result: { outcome: 'loaded', snapshot, warnings: [] },
    files: new Map([[path, snapshot.hash], ...Object.entries(files)]),
    text,
  };
}

function stage(changes: Partial<ReloaderParts> = {}) {
  const holder = createSnapshotHolder(snapshotOf('a'), () => undefined);
  const entries: (HistoryEntry & { text: string })[] = [];
  const sources: ReloadSource[] = [];
  let next: () => Promise<Loaded> = async () => loaded(snapshotOf('a'));
  const happened: string[] = [];
  const reloader = createReloader({
    holder,
    first: { files: loaded(snapshotOf('a')).files, text: 'text of a' },
    load: (source) => {
      sources.push(source);
      return source.kind === 'text'
        ? Promise.resolve(loaded(snapshotOf(source.text.at(-1) ?? ''), {}, source.text))
        : next();
    },
    checks: [],
    history: {
      add: async (entry) => void entries.unshift(entry),
      list: async () => entries,
      textOf: async (hash) => entries.find((entry) => entry.hash === hash)?.text,
    },
    recordApplied: async (to) => void happened.push(`recorded ${to.hash[0]}`),
    onOutcome: (outcome) => void happened.push(outcome.outcome),
    onFiles: () => undefined,
    onHistoryFault: () => void happened.push('history fault'),
    now: () => 1_800_000_000_000,
    ...changes,
  });
  return {
    reloader,
    holder,
    entries,
    sources,
    happened,
    fileHolds: (what: Loaded | (() => Promise<Loaded>)) => {
      next = typeof what === 'function' ? what : async () => what;
    },
  };
}

const bySignal = { trigger: 'signal' } as const;
const running = ({ holder }: ReturnType<typeof stage>) => holder.snapshot().hash[0];

describe('a reload', () => {
  test('is recorded before it happens, and then runs', async () => {
    const one = stage({
      recordApplied: async () => {
        expect(one.holder.snapshot().hash).toBe(hashOf('a'));
      },
    });
    one.fileHolds(loaded(snapshotOf('b')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({
      outcome: 'applied',
      was: hashOf('a'),
      hash: hashOf('b'),
    });
    expect(running(one)).toBe('b');
  });

  test('does not happen when it cannot be recorded', async () => {
    const one = stage({ recordApplied: () => Promise.reject(new Error('disk full')) });
    one.fileHolds(loaded(snapshotOf('b')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'refused', because: 'not_recorded' });
    expect(running(one)).toBe('a');
  });

  test('of the same text is one all the same when a file that it names has changed', async () => {
    const one = stage();
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'unchanged' });
    one.fileHolds(loaded(snapshotOf('a'), { '/etc/postern/server.crt': 'renewed' }));
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'applied' });
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'unchanged' });
  });

  test('that changes what is fixed is refused by key, before any check is asked', async () => {
    const check: ReloadCheck = { name: 'tests', run: () => Promise.reject(new Error('must not be asked')) };
    const one = stage({ checks: [check] });
    one.fileHolds(loaded(snapshotOf('b', 9443)));
    const outcome = await one.reloader.reload(bySignal);
    expect(outcome).toMatchObject({ outcome: 'refused', because: 'restart_needed' });
    expect(outcome.outcome === 'refused' && outcome.message).toContain('server.listeners');
  });

  test('asks its checks in order and stops at the first that says no, or that breaks', async () => {
    const asked: string[] = [];
    const check = (name: string, outcome: 'passed' | 'blocked' | 'broken'): ReloadCheck => ({
      name,
      async run() {
        asked.push(name);
        if (outcome === 'broken') throw new Error('broken');
        return { outcome, lines: [`${name} said ${outcome}`] };
      },
    });
    const one = stage({ checks: [check('tests', 'passed'), check('lockout', 'blocked'), check('impact', 'passed')] });
    one.fileHolds(loaded(snapshotOf('b')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({
      outcome: 'refused',
      because: 'check',
      stages: [{ name: 'tests' }, { name: 'lockout', outcome: 'blocked' }],
    });
    expect(asked).toEqual(['tests', 'lockout']);
    const broken = stage({ checks: [check('tests', 'broken')] });
    broken.fileHolds(loaded(snapshotOf('b')));
    expect(await broken.reloader.reload(bySignal)).toMatchObject({ outcome: 'refused', because: 'failed' });
    expect(running(broken)).toBe('a');
  });

  test('that breaks while it loads keeps what runs, and the next one works', async () => {
    const one = stage();
    one.fileHolds(() => Promise.reject(new Error('the thread ended')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'refused', because: 'failed' });
    one.fileHolds(loaded(snapshotOf('b')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'applied' });
  });

  test('waits for the one that runs; those that wait for the same are one', async () => {
    const one = stage();
    const gate = Promise.withResolvers<Loaded>();
    one.fileHolds(() => gate.promise);
    const first = one.reloader.reload(bySignal);
    while (one.sources.length === 0) await Promise.resolve();
    const [second, third] = [
      one.reloader.reload(bySignal),
      one.reloader.reload({ trigger: 'file_change', changed: [path] }),
    ];
    gate.resolve(loaded(snapshotOf('b')));
    one.fileHolds(loaded(snapshotOf('c')));
    expect(await first).toMatchObject({ hash: hashOf('b') });
    expect(await second).toMatchObject({ outcome: 'applied', was: hashOf('b'), hash: hashOf('c') });
    expect(await third).toBe(await second);
    expect(one.sources).toHaveLength(2);
  });

  test('is refused once the program stops', async () => {
    const one = stage();
    await one.reloader.close();
    one.fileHolds(loaded(snapshotOf('b')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'refused' });
    expect(running(one)).toBe('a');
  });

  test('goes on when the history cannot be written', async () => {
    const history = {
      add: () => Promise.reject(new Error('away')),
      list: async () => [],
      textOf: async () => undefined,
    };
    const one = stage({ history });
    one.fileHolds(loaded(snapshotOf('b')));
    expect(await one.reloader.reload(bySignal)).toMatchObject({ outcome: 'applied' });
    expect(one.happened).toContain('history fault');
  });
});

describe('a change of files that may open something', () => {
  /** Holds back whatever differs until it is let go. */
  function holding() {
    const judged: (readonly string[])[] = [];
    const settled: boolean[] = [];
    let isWhole = false;
    const one = stage({
      holdBack: {
        settle: (_files, isSaidToBeWhole) => void settled.push(isSaidToBeWhole),
        async judge(_candidate, _running, changed) {
          judged.push([...changed.keys()]);
          return isWhole ? undefined : { opens: ['wiki is public'], retryAfterMs: 5_000 };
        },
      },
    });
    one.fileHolds(loaded(snapshotOf('b'), { '/etc/postern/token': 'another' }));
    const letGo = () => {
      isWhole = true;
    };
    return { one, judged, settled, letGo };
  }
  const byChange = { trigger: 'file_change', changed: [path] } as const;

  test('waits while the files may be half written, and what ran goes on', async () => {
    const { one, judged } = holding();
    expect(await one.reloader.reload(byChange)).toMatchObject({
      outcome: 'waiting',
      opens: ['wiki is public'],
      retryAfterMs: 5_000,
    });
    expect(running(one)).toBe('a');
    expect(judged).toEqual([[path, '/etc/postern/token']]);
    expect(one.reloader.status()).toMatchObject({ waiting: { hash: hashOf('b') }, last: undefined });
    expect(one.happened).toEqual(['waiting']);
  });

  test('runs once they are whole, and no longer waits', async () => {
    const { one, letGo, settled } = holding();
    await one.reloader.reload(byChange);
    letGo();
    expect(await one.reloader.reload(byChange)).toMatchObject({ outcome: 'applied' });
    expect(one.reloader.status().waiting).toBeUndefined();
    expect(settled).toEqual([true, false]);
  });

  test('waits no more when the files are again what runs', async () => {
    const { one } = holding();
    await one.reloader.reload(byChange);
    one.fileHolds(loaded(snapshotOf('a')));
    expect(await one.reloader.reload(byChange)).toMatchObject({ outcome: 'unchanged' });
    expect(one.reloader.status().waiting).toBeUndefined();
  });

  test('does not speak for somebody who says that they are whole', async () => {
    const { one, judged } = holding();
    const [change, signal] = [one.reloader.reload(byChange), one.reloader.reload(bySignal)];
    expect(await change).toMatchObject({ outcome: 'waiting' });
    expect(await signal).toMatchObject({ outcome: 'applied' });
    expect(judged).toHaveLength(1);
  });
});

describe('a configuration of the history', () => {
  async function wentBack() {
    const one = stage();
    one.fileHolds(loaded(snapshotOf('b')));
    await one.reloader.reload(bySignal);
    expect(await one.reloader.reload({ trigger: 'admin', to: 'aaaa' })).toMatchObject({
      outcome: 'applied',
      hash: hashOf('a'),
    });
    return one;
  }

  test('runs in place of the file, and says so', async () => {
    const one = await wentBack();
    expect(one.reloader.status()).toMatchObject({ hash: hashOf('a'), origin: 'history', fileHash: hashOf('b') });
  });

  test('stays while only certificates change, and goes when the file does', async () => {
    const one = await wentBack();
    await one.reloader.reload({ trigger: 'file_change', changed: ['/etc/postern/server.crt'] });
    expect(one.sources.at(-1)).toEqual({ kind: 'text', text: 'text of a' });
    expect(running(one)).toBe('a');
    await one.reloader.reload({ trigger: 'file_change', changed: [path] });
    expect(running(one)).toBe('b');
    expect(one.reloader.status().origin).toBe('file');
  });

  test('is named by at least four digits that are its alone', async () => {
    const one = stage();
    for (const to of ['aaa', 'ffff', '', '../x']) {
      expect(await one.reloader.reload({ trigger: 'admin', to })).toMatchObject({ because: 'not_in_history' });
    }
  });
});
