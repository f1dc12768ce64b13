import { resolve } from 'node:path';
import type { EventSearch, RecordedEvent } from '../../audit/audit-event.ts';
import { describeCandidate, mostCandidates, whyNotFound } from '../../audit/candidates.ts';
import { findEvents } from '../../audit/find-event.ts';
import { isRecord } from '../../config/is-record.ts';
import { loadConfiguration } from '../../config/load-configuration.ts';
import { isReadFailure, readFailure } from '../../config/source/read-bounded-file.ts';
import type { DecisionIdRange } from '../../decision/decision-id.ts';
import type { AdminClientOptions } from '../admin-client.ts';
import { createAskedServer } from '../admin-command.ts';
import { either, list, nothing, number, object, optional, type Shape, text } from '../answer-shape.ts';
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

const event: Shape<RecordedEvent['event']> = (value): value is RecordedEvent['event'] => isRecord(value);
const found = object({
  sequence: either(number, nothing),
  event,
  running: optional(object({ config: text })),
});
const word = either(text, nothing);
const several = object({
  detail: text,
  candidates: list(
    object({ decision_id: word, time: word, type: word, route: word, outcome: word, reason: word, person: word }),
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
  const { stderr } = context.output;
  const reply = await createAskedServer(options, context).ask({
    path: `/api/v1/decisions/${prefix}`,
    answer: either(found, several),
    isAnyStatus: true,
  });
  if (reply.outcome === 'failed') {
    const ways = { file: '--audit FOLDER', server: '--offline, or --audit FOLDER', answer: undefined }[reply.at];
    stderr(`${reply.why}\n${ways === undefined ? '' : `The files can be read without a server: ${ways}\n`}`);
    return undefined;
  }
  const { answer } = reply;
  if ('event' in answer)
    return { sequence: answer.sequence ?? undefined, event: answer.event, running: answer.running?.config };
  stderr(renderCandidates(answer.detail, answer.candidates));
  return undefined;
}

function renderCandidates(detail: string, candidates: readonly ReturnType<typeof describeCandidate>[]): string {
  const rows = candidates.map(({ decision_id, time, type, route, outcome, reason, person }) =>
    [decision_id, time, route ?? type, outcome, reason, person].map((cell) => cell ?? ''),
  );
  return `${detail} Write more of the one that is meant:\n${renderTable(rows)}`;
}
