import { resolve } from 'node:path';
import { z } from 'zod';
import type { EventSearch, RecordedEvent } from '../../audit/audit-event.ts';
import { describeCandidate, mostCandidates, whyNotFound } from '../../audit/candidates.ts';
import { findEvents } from '../../audit/find-event.ts';
import { loadConfiguration } from '../../config/load-configuration.ts';
import { isReadFailure, readFailure } from '../../config/source/read-bounded-file.ts';
import type { DecisionIdRange } from '../../decision/decision-id.ts';
import { type AdminClientOptions, describeAdminFailure, openAdminClient } from '../admin-client.ts';
import type { CliContext } from '../commands.ts';
import { renderTable } from '../table.ts';

export interface FindOptions extends AdminClientOptions {
  /** A folder of the trail, read in place of asking the server. */
  readonly audit?: string | undefined;
  /** Reads the folder that the configuration names. */
  readonly offline: boolean;
}

export interface Found extends RecordedEvent {
  /** The configuration that the server runs with; `undefined` where none was asked. */
  readonly running: string | undefined;
}

const eventShape = z.custom<RecordedEvent['event']>((value) => typeof value === 'object' && value !== null);
const answerShape = z.looseObject({
  sequence: z.number().nullable(),
  event: eventShape,
  running: z.looseObject({ config: z.string() }).optional(),
});
const candidate = z.string().nullable();
const ambiguousShape = z.looseObject({
  detail: z.string(),
  candidates: z.array(
    z.looseObject({
      decision_id: candidate,
      time: candidate,
      type: candidate,
      route: candidate,
      outcome: candidate,
      reason: candidate,
      person: candidate,
    }),
  ),
});

/** Finds the one event that is meant. `undefined`: why not was printed, and the exit code is 3. */
export async function findRecord(
  wanted: DecisionIdRange,
  options: FindOptions,
  context: CliContext,
): Promise<Found | undefined> {
  if (options.audit === undefined && !options.offline) return askServer(wanted, options, context);
  const folder = options.audit ?? (await folderOf(options.config, context));
  return folder === undefined ? undefined : readFolder(wanted, resolve(folder), context);
}

async function folderOf(file: string, { ports, output }: CliContext): Promise<string | undefined> {
  const loaded = await loadConfiguration(file, ports);
  if (loaded.outcome === 'loaded') return loaded.snapshot.audit.path;
  const what = loaded.isUnreadable ? 'cannot be read' : 'has errors';
  output.stderr(`${file} ${what}, so it does not say where the trail is: name it with --audit FOLDER.\n`);
  return undefined;
}

async function readFolder(wanted: DecisionIdRange, folder: string, { output }: CliContext): Promise<Found | undefined> {
  let search: EventSearch;
  try {
    search = await findEvents(folder, wanted);
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    output.stderr(`The audit folder ${folder} cannot be read: ${readFailure(thrown)}.\n`);
    return undefined;
  }
  const [found, ...others] = search.events;
  if (found === undefined) output.stderr(`${whyNotFound(search.damaged, search.isComplete)}\n`);
  if (others.length > 0) {
    const detail = `${search.events.length} decision ids begin so.`;
    output.stderr(renderCandidates(detail, search.events.slice(0, mostCandidates).map(describeCandidate)));
  }
  return found === undefined || others.length > 0 ? undefined : { ...found, running: undefined };
}

async function askServer(
  { prefix }: DecisionIdRange,
  options: FindOptions,
  context: CliContext,
): Promise<Found | undefined> {
  const { output } = context;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    output.stderr(`${client}\nThe files can be read without a server: --audit FOLDER\n`);
    return undefined;
  }
  const answer = await client.call('GET', `/api/v1/decisions/${prefix}`);
  if (answer.outcome === 'failed') {
    output.stderr(`${answer.why}\nThe files can be read without a server: --offline, or --audit FOLDER\n`);
    return undefined;
  }
  const ambiguous = answer.status === 409 ? ambiguousShape.safeParse(answer.body) : undefined;
  const parsed = answer.status === 200 ? answerShape.safeParse(answer.body) : undefined;
  if (parsed?.success === true) {
    const { sequence, event, running } = parsed.data;
    return { sequence: sequence ?? undefined, event, running: running?.config };
  }
  if (ambiguous?.success === true) output.stderr(renderCandidates(ambiguous.data.detail, ambiguous.data.candidates));
  else if (answer.status === 200)
    output.stderr('The server answered in a form that this postern does not know. Use the version that it runs.\n');
  else output.stderr(`${describeAdminFailure(client, answer)}\n`);
  return undefined;
}

function renderCandidates(detail: string, candidates: readonly ReturnType<typeof describeCandidate>[]): string {
  const rows = candidates.map(({ decision_id, time, type, route, outcome, reason, person }) =>
    [decision_id, time, route ?? type, outcome, reason, person].map((cell) => cell ?? ''),
  );
  return `${detail} Write more of the one that is meant:\n${renderTable(rows)}`;
}
