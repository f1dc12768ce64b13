import type { ReloadCheck } from '../config/reload/reload.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { readBoundedFile } from '../config/source/read-bounded-file.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createRisk } from '../risk/create-risk.ts';
import type { Risk } from '../risk/risk.ts';
import { createRiskSources } from '../risk/sources/risk-sources.ts';
import type { OnForeignHost, Session, SessionId } from '../sessions/session.ts';
import type { StateStore } from '../state/state-store.ts';
import type { ComposeOptions } from './program.ts';

export interface RiskParts {
  readonly store: StateStore;
  readonly now: () => number;
  readonly metrics: Pick<Metrics, 'riskFileRead'>;
  readonly log: ComposeOptions['log'];
}

/** Risk with the files that it goes by. */
export interface OpenRisk {
  readonly risk: Risk;
  /** Refuses a configuration whose location databases or block lists cannot be read; what it reads is there once it runs. */
  readonly check: ReloadCheck;
  /** Goes by the files of another configuration. */
  use(next: Snapshot): Promise<void>;
  /** Somebody has a copy of a credential: what a browser never does. */
  noteForeignHost(
    find: (id: SessionId) => Promise<Session | undefined>,
    ...seen: Parameters<OnForeignHost>
  ): Promise<void>;
  /** The person said of a session that it was not they: those that are left are looked at with more care. */
  noteDisowned(disowned: Session, remaining: readonly Session[]): Promise<void>;
  /** Looks at no file any more; risk itself is closed by its owner. */
  stop(): void;
}

/** Reads the files and builds risk. Rejects with `Fault('config_invalid')` when a file cannot be used. */
export async function openRisk(configuration: Snapshot, { store, now, metrics, log }: RiskParts): Promise<OpenRisk> {
  const sources = createRiskSources({
    readFile: readBoundedFile,
    onRead(kind, path, problem) {
      metrics.riskFileRead(kind, problem === undefined ? 'ok' : 'failed');
      if (problem === undefined) log.info({ kind, path }, 'A file that risk goes by was read.');
      else log.error({ kind, path }, `${problem} What was read before goes on.`);
    },
  });
  try {
    await sources.use(configuration.risk);
  } catch (thrown) {
    sources.close();
    throw thrown;
  }
  const risk = createRisk({
    store,
    now,
    sources,
    onFault: (fault) => log.warn({ err: fault }, 'Risk baselines could not be written; it is tried again.'),
  });
  return {
    risk,
    check: {
      name: 'risk files',
      async run(candidate) {
        const lines = await sources.check(candidate.risk);
        return { outcome: lines.length > 0 ? 'blocked' : 'passed', lines };
      },
    },
    use: (next) => sources.use(next.risk),
    async noteForeignHost(find, id, host, decisionId) {
      const session = await find(id);
      if (session === undefined) return;
      const subject = { sessionId: id, person: session.person };
      await risk.load(subject);
      if (!risk.countForeignHost(subject, host, now())) return;
      log.warn(
        { decision_id: decisionId, session: id, host },
        'A credential was shown at another host than its own: somebody has a copy.',
      );
    },
    async noteDisowned(disowned, remaining) {
      for (const { id, person } of remaining) {
        const subject = { sessionId: id, person };
        await risk.load(subject);
        risk.countDisownedSession(subject, disowned.id, now());
      }
    },
    stop: () => sources.close(),
  };
}
