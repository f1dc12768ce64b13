import type { RecordedEvent } from '../../audit/audit-event.ts';
import { configurationName, type Snapshot } from '../../config/snapshot.ts';
import type { Facts } from '../../decision/facts.ts';
import { renderRules } from '../rule-table.ts';
import { cleanText, renderTable } from '../table.ts';
import type { Cause, Explanation, PlaceNow } from './explain-record.ts';
import { localTime } from './recorded-time.ts';
import type { Rerun } from './rerun.ts';

const headings = { allow: 'ALLOW', deny: 'DENY', step_up: 'STEP UP', sign_in: 'SIGN IN' } as const;

/** A recorded decision for people. */
export function renderExplanation(
  explanation: Explanation,
  { running, today }: { readonly running: string | undefined; readonly today: Snapshot | undefined },
): string {
  const { event, recorded, decision, placeNow, shown } = explanation;
  const config = `config ${shortHash(recorded.config)}${configNote(recorded.config, running, today)}`;
  const head = [
    `${headings[decision.outcome]}  ${decision.reason}`,
    localTime(recorded.facts.request.nowMs),
    recorded.route,
    whoOf(recorded.facts),
    config,
  ];
  const request = [
    `${recorded.facts.request.method} ${recorded.host}${recorded.facts.request.path}`,
    `from ${recorded.facts.request.address ?? 'nowhere known'}`,
    `${recorded.client}, status ${String(event['status'])}`,
    String(event['decision_id']),
  ];
  const hasMoved = placeNow !== undefined && decision.trace.some((rule) => placeNow(rule).kind !== 'same');
  const rules = renderRules(recorded.route, decision, {
    placeNow: hasMoved ? (rule) => placeText(placeNow(rule)) : undefined,
  });
  return `${cleanText(head.join('   '))}\n${cleanText(request.join('   '))}\n${rules}${renderRest(explanation)}${shown === undefined ? '' : `${cleanText(shown)}\n`}`;
}

function renderRest({ causes, toAllow, recorded }: Explanation): string {
  const allow = toAllow.length === 0 ? '' : `To allow: ${cleanText(toAllow.join('; '))}\n`;
  return `${renderCauses(recorded.route, causes)}${allow}`;
}

function renderCauses(route: string, causes: readonly Cause[]): string {
  const rows = causes.flatMap(({ rule, key, facts }) =>
    facts.map((fact, index) => ['   ', index === 0 ? `${route}/${rule}` : '', index === 0 ? key : '', fact]),
  );
  return rows.length === 0 ? '' : renderTable(rows);
}

function placeText(place: PlaceNow): string {
  switch (place.kind) {
    case 'same':
      return 'same';
    case 'moved':
      return place.at;
    case 'gone':
      return 'rule is gone';
  }
}

function configNote(then: string, running: string | undefined, today: Snapshot | undefined): string {
  if (running !== undefined) return running === then ? ' (still running)' : ` (running now: ${shortHash(running)})`;
  if (today === undefined) return '';
  const name = configurationName(today);
  return name === then ? ` (as ${today.file} is)` : ` (${today.file} is ${shortHash(name)})`;
}

function shortHash(name: string): string {
  return name.slice(0, 4);
}

/** Who asked, for a line. */
export function whoOf({ person, service }: Facts): string {
  if (service !== undefined) return `service ${service.serviceId}`;
  return person === undefined ? 'nobody' : (person.email ?? person.subject);
}

/** The same facts under today's configuration. */
export function renderRerun(rerun: Rerun, then: Explanation): string {
  const file = `${rerun.next.file} ${shortHash(rerun.next.hash)}`;
  if (rerun.outcome === 'not_comparable') return `Under ${file}: not comparable: ${rerun.why}.\n`;
  const { explanation, differs, notes } = rerun;
  const { decision } = explanation;
  const before = `${headings[then.decision.outcome]} ${then.decision.reason}`;
  const lines = [
    `Under ${file}: ${headings[decision.outcome]}  ${decision.reason}   ${differs ? `it was ${before}` : 'the same answer'}\n`,
    renderRules(then.recorded.route, decision),
    renderRest(explanation),
    ...notes.map((note) => `${note}\n`),
  ];
  return lines.join('');
}

/** An event of another kind that has this id: a refusal at the door, a sign-in, a call of the admin API. */
export function renderEvent(event: RecordedEvent['event']): string {
  const { type, time, reason, result, address, host, method, path, detail, subject } = event;
  const at = typeof time === 'string' ? localTime(Date.parse(time)) : '';
  const parts = [
    `${String(type).toUpperCase().replaceAll('_', ' ')}  ${String(reason ?? result ?? '')}`,
    at,
    ...[method, host === undefined ? undefined : `${String(host)}${String(path ?? '')}`, address].filter(
      (part) => part !== undefined,
    ),
    `config ${shortHash(String(event['config']))}`,
  ];
  const who = typeof subject === 'object' && subject !== null ? `subject ${JSON.stringify(subject)}\n` : '';
  const more = detail === undefined ? '' : `${typeof detail === 'string' ? detail : JSON.stringify(detail)}\n`;
  return `${cleanText(parts.join('   '))}\n${clean(who)}${clean(more)}${String(event['decision_id'])}\n`;
}

function clean(line: string): string {
  return line === '' ? '' : `${cleanText(line.trimEnd())}\n`;
}
