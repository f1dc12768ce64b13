import type { Decision, LockNotice, RuleResult, SourcePosition } from '../decision/decision.ts';
import type { ActivityEvent, AuditEvent, DecisionEvent, EventSubject, RefusalEvent } from './audit-event.ts';
import { encodeOnce, quote, quoteTree } from './codec.ts';
import { checksCodec, encodeCommonFacts, encodeFacts, encodeOwnFacts } from './codec-of-facts.ts';

/** Longest text that is kept of what a client sent before anything was known about it. */
const longestUntrustedText = 1024;

/**
 * Writes an event as the JSON text of docs/audit.md. Built by hand, since it runs once for each request: a tree of
 * objects made only to be serialised costs twice as much.
 */
export function encodeEvent(event: AuditEvent): string {
  switch (event.type) {
    case 'decision':
      return encodeDecisionEvent(event);
    case 'refusal':
      return encodeRefusal(event);
    default:
      return encodeActivity(event);
  }
}

function encodeHead(event: AuditEvent): string {
  return `{"type":"${event.type}","time":"${isoTime(event.atMs)}","decision_id":"${event.decisionId}","config":"${event.config}"`;
}

// Many events share a millisecond, and formatting a time costs as much as a tenth of the whole event.
let formattedMs = Number.NaN;
let formatted = '';

function isoTime(atMs: number): string {
  if (atMs !== formattedMs) {
    formatted = new Date(atMs).toISOString();
    formattedMs = atMs;
  }
  return formatted;
}

function encodeDecisionEvent(event: DecisionEvent): string {
  const { trace, reported } = event.decision;
  return (
    `${encodeHead(event)}${encodeAnswer(event)}` +
    `,"rules":[${encodeRules(trace)}]${encodeReported(reported)},"facts":${encodeFacts(event.facts, event.claims)}}`
  );
}

/** The event without what it has in common with others, which it points to: by far the most of it. */
export function encodePointing(event: DecisionEvent, factsId: string): string {
  return (
    `${encodeHead(event)},"facts_ref":"${factsId}"${encodeAnswer(event)}` +
    `${encodeReported(event.decision.reported)},"facts":${encodeOwnFacts(event.facts)}}`
  );
}

/** The facts of a decision that others may have in common with it. */
export type CommonOfEvent = Omit<DecisionEvent['facts'], 'request' | 'risk'>;

/** Gives an event that only points to facts those facts, so that the next ones can point to it. @param nowMs its request's time */
export function holdFacts(
  pointing: string,
  { trace, claims, facts }: Pick<Decision, 'trace'> & Pick<DecisionEvent, 'claims'> & { readonly facts: CommonOfEvent },
  nowMs: number,
): string {
  const { service, device } = facts;
  const seen = { service: service && { ...service, asOfMs: nowMs }, device: device && { ...device, asOfMs: nowMs } };
  const common = encodeCommonFacts({ ...facts, ...seen }, claims).slice(1, -1);
  // Its own facts are never empty, and stand at its end.
  const own = pointing.slice(0, -'}}'.length).replace('"facts_ref"', '"facts_id"');
  return `${own}${common === '' ? '' : `,${common}`}},"rules":[${encodeRules(trace)}]}`;
}

function encodeAnswer(event: DecisionEvent): string {
  const { decision } = event;
  return (
    `,"outcome":"${decision.outcome}","reason":"${decision.reason}","route":${quote(event.route)}` +
    `,"host":${quote(event.host)},"method":${quote(event.method)},"path":${quote(withoutQuery(event.path))}` +
    `,"client":${quote(event.client)},"status":${event.status}${encodeOutcome(decision)}`
  );
}

function encodeOutcome(decision: Decision): string {
  switch (decision.outcome) {
    case 'allow':
      return decision.grant === undefined ? '' : `,"rule":${quote(decision.grant.rule)}`;
    case 'sign_in':
      return '';
    case 'step_up': {
      const { methods, maxAgeMs, notBeforeMs } = decision.need;
      return `,"need":{"methods":${JSON.stringify(methods)}${optionalNumber('max_age_ms', maxAgeMs)}${optionalNumber('not_before_ms', notBeforeMs)}}`;
    }
    case 'deny': {
      const rule = decision.rule === undefined ? '' : `,"rule":${quote(decision.rule.rule)}`;
      const lock = decision.lock === undefined ? '' : encodeLock(decision.lock);
      return decision.checks === undefined
        ? rule + lock
        : `${rule}${lock},"checks":${checksCodec.encode(decision.checks)}`;
    }
  }
}

/** Without its message, which is the person's. */
function encodeLock({ on, untilMs }: LockNotice): string {
  return `,"lock":{"on":"${on}"${optionalNumber('until_ms', untilMs)}}`;
}

// An outcome of a rule is one object for as long as its configuration runs.
const encodeRule = encodeOnce((rule: RuleResult): string => {
  const own = encodeConditions(rule.conditions.filter(({ segment }) => segment === undefined));
  return (
    `{"rule":${quote(rule.rule)},"effect":"${rule.effect}","at":${encodePosition(rule.at)},"verdict":"${rule.verdict}"` +
    `,"conditions":${own}${encodeSegment(rule.conditions)}${encodeMode(rule)}}`
  );
});

function encodeMode({ mode, isActing, bucket }: RuleResult): string {
  if (mode === undefined) return '';
  const acting = isActing === undefined ? '' : `,"acting":${isActing}`;
  return `,"mode":"${mode}"${acting}${optionalNumber('bucket', bucket)}`;
}

/** What rules would have done that their mode kept from acting. */
function encodeReported(reported: Decision['reported']): string {
  if (reported === undefined) return '';
  const rules = reported.map(
    ({ rule, result, unknown }) =>
      `{"rule":${quote(rule.rule)},"result":"${result}"${unknown.length === 0 ? '' : `,"unknown":${JSON.stringify(unknown)}`}}`,
  );
  return `,"reported":[${rules.join(',')}]`;
}

/** What the route's segment asked beside, under its own name and place: a key may stand in both. */
function encodeSegment(conditions: RuleResult['conditions']): string {
  const added = conditions.filter(({ segment }) => segment !== undefined);
  const segment = added[0]?.segment;
  if (segment === undefined) return '';
  return `,"segment":{"name":${quote(segment.name)},"at":${encodePosition(segment.at)},"conditions":${encodeConditions(added)}}`;
}

function encodeConditions(conditions: RuleResult['conditions']): string {
  return `{${conditions.map(({ key, verdict }) => `"${key}":"${verdict}"`).join(',')}}`;
}

function encodePosition({ file, line, column }: SourcePosition): string {
  return quote(`${file}:${line}:${column}`);
}

/** Every rule of a decision. They are the same text too, where requests for a route come out alike. */
export const encodeRules = encodeOnce((trace: readonly RuleResult[]): string => trace.map(encodeRule).join(','));

function encodeRefusal(event: RefusalEvent): string {
  const path = event.path === undefined ? undefined : cut(withoutQuery(event.path));
  const host = event.host === undefined ? undefined : cut(event.host);
  return (
    `${encodeHead(event)},"reason":"${event.reason}","address":${quote(event.address)}${optionalText('host', host)}` +
    `,"method":${quote(cut(event.method))}${optionalText('path', path)}${optionalText('route', event.route)}` +
    `${optionalText('session_id', event.sessionId)}${encodeSubject(event.subject)}${optionalText('service_id', event.serviceId)}` +
    `,"detail":${quote(cut(event.detail))}}`
  );
}

function encodeActivity(event: ActivityEvent): string {
  return (
    `${encodeHead(event)},"result":"${event.result}"${optionalText('reason', event.reason)}` +
    `${optionalText('session_id', event.sessionId)}${optionalText('address', event.address)}` +
    `${encodeSubject(event.subject)},"detail":${quoteTree(event.detail)}}`
  );
}

function encodeSubject(subject: EventSubject | undefined): string {
  if (subject === undefined) return '';
  const { issuer, subject: sub, email } = subject;
  return `,"subject":{"issuer":${quote(issuer)},"subject":${quote(sub)}${optionalText('email', email)}}`;
}

function optionalText(key: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${key}":${quote(value)}`;
}

function optionalNumber(key: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${key}":${value}`;
}

// The door hands over a path without its query; this second look keeps a secret in a query off the disk if it ever does not.
function withoutQuery(path: string): string {
  if (!path.includes('?') && !path.includes('#')) return path;
  return path.slice(0, path.search(/[?#]/));
}

function cut(text: string): string {
  return text.length <= longestUntrustedText ? text : `${text.slice(0, longestUntrustedText)}…`;
}
