import { factsOfRecord } from '../audit/facts-of-record.ts';
import { readDecisions } from '../audit/read-decisions.ts';
import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { isReadFailure, readFailure } from '../config/source/read-bounded-file.ts';
import { parseDuration } from '../config/values/duration.ts';
import { createReplay } from '../preview/replay-decision.ts';
import { createReplayTally, type ReplayReport } from '../preview/tally-replays.ts';
import type { CliContext } from './commands.ts';
import { countOf } from './table.ts';

/** What a replay works with. */
export interface ReplayStage {
  readonly next: Snapshot;
  /** `undefined`: compared with what was recorded. */
  readonly running: Snapshot | undefined;
  /** The folder of the trail. */
  readonly folder: string;
}

const longestMs = 3_650 * 86_400_000;

/** How far back a replay goes, in ms; `undefined` after saying what is wrong with the text. */
export function parseSince(flag: string, text: string, { output }: CliContext): number | undefined {
  const since = parseDuration(text, 1_000, longestMs);
  if (since.ok) return since.value;
  output.stderr(`${flag} "${text}" is not a duration: write a number and a unit, for example 7d, 12h or 30m.\n`);
  return undefined;
}

/** Replays the decisions that were recorded since a time; `undefined` after saying why the trail cannot be read. */
export async function replayTrail(
  { next, running, folder }: ReplayStage,
  sinceMs: number,
  { output }: CliContext,
): Promise<ReplayReport | undefined> {
  const tally = createReplayTally(
    running === undefined ? [] : await diffSnapshots(running, next),
    new Set([...next.breakGlass, ...(running?.breakGlass ?? [])]),
  );
  const replay = createReplay(next, running);
  let shownPercent = 0;
  try {
    for await (const { events, unreadable, readBytes, totalBytes } of readDecisions(folder, sinceMs)) {
      tally.addNotComparable('the line is not readable; postern audit verify says more', unreadable);
      for (const event of events) {
        const decoded = factsOfRecord(event);
        tally.add(decoded.outcome === 'decision' ? replay(decoded.decision) : decoded);
      }
      const percent = Math.floor((100 * readBytes) / Math.max(1, totalBytes));
      if (output.isInteractive !== true || percent < shownPercent + 5) continue;
      shownPercent = percent;
      output.stderr(`\rReplaying … ${percent} %${percent === 100 ? '\r                  \r' : ''}`);
    }
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    output.stderr(`The audit folder ${folder} cannot be read: ${readFailure(thrown)}.\n`);
    return undefined;
  }
  return tally.report();
}

const words = {
  newly_denied: 'newly denied',
  newly_allowed: 'newly allowed',
  newly_step_up: 'newly step-up',
  newly_sign_in: 'newly sign-in',
} as const;
const mostNames = 5;

/** What came of it, as lines: what changed, by route and rule, and what could not be compared. */
export function renderReplay(report: ReplayReport): readonly string[] {
  const rows: (readonly [label: string, count: number, rest: string])[] = [];
  for (const change of ['newly_denied', 'newly_allowed', 'newly_step_up', 'newly_sign_in'] as const) {
    const groups = report.groups.filter((group) => group.change === change);
    if (groups.length === 0 && change !== 'newly_sign_in') rows.push([words[change], 0, '']);
    for (const { decisions, people, route, rule, reason, because } of groups) {
      const cause = because.length > 0 ? because.join(', ') : reason;
      const subject = rule === undefined ? route : `${route}/${rule}`;
      const names = people.slice(0, mostNames).join(', ') + (people.length > mostNames ? ', …' : '');
      rows.push([
        words[change],
        decisions,
        `${countOf(people.length, 'person', 'people')}   ${subject}: ${cause}   ${names}`,
      ]);
    }
  }
  for (const { why, decisions } of report.notComparable) rows.push(['not comparable', decisions, why]);
  const width = Math.max(...rows.map(([, count]) => count.toLocaleString('en-US').length));
  return rows.map(([label, count, rest]) =>
    `${label.padEnd(14)} ${count.toLocaleString('en-US').padStart(width)}   ${rest}`.trimEnd(),
  );
}

/** The same for scripts. */
export function replayToJson({ replayed, groups, notComparable, breakGlass }: ReplayReport) {
  return { replayed, differences: groups, not_comparable: notComparable, break_glass_affected: breakGlass };
}
