import { LRUCache } from 'lru-cache';
import type { CheckResult, Decision, LockNotice, RuleResult, SourcePosition } from '../decision/decision.ts';
import type { DeviceFacts, Facts, PersonFacts, RiskFacts, ServiceFacts } from '../policy/facts.ts';
import { pickClaims } from '../policy/find-claim.ts';
import type { ActivityEvent, AuditEvent, DecisionEvent, RefusalEvent } from './audit-event.ts';
import { escapeConfusing } from './escape-confusing.ts';

/** Longest text that is kept of what a client sent before anything was known about it. */
const longestUntrustedText = 1024;

function quote(text: string): string {
  return escapeConfusing(JSON.stringify(text));
}

// Hosts, routes, methods and addresses come again and again.
const knownQuotes = new LRUCache<string, string>({ max: 4096 });

function quoteKnown(text: string): string {
  const known = knownQuotes.get(text);
  if (known !== undefined) return known;
  const quoted = quote(text);
  // A long text is rare and would take room from many short ones.
  if (text.length <= 128) knownQuotes.set(text, quoted);
  return quoted;
}

function quoteTree(value: unknown): string {
  return escapeConfusing(JSON.stringify(value));
}

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

/** What is the same from event to event is made once for as long as its object lives. */
function encodeOnce<Value extends object>(encode: (value: Value) => string): (value: Value) => string {
  const known = new WeakMap<Value, string>();
  return (value) => {
    const text = known.get(value);
    if (text !== undefined) return text;
    const made = encode(value);
    known.set(value, made);
    return made;
  };
}

function encodeDecisionEvent(event: DecisionEvent): string {
  const { decision } = event;
  return (
    `${encodeHead(event)},"outcome":"${decision.outcome}","reason":"${decision.reason}","route":${quoteKnown(event.route)}` +
    `,"host":${quoteKnown(event.host)},"method":${quoteKnown(event.method)},"path":${quoteKnown(withoutQuery(event.path))}` +
    `,"client":${quoteKnown(event.client)},"status":${event.status}${encodeOutcome(decision)}` +
    `,"rules":[${encodeRules(decision.trace)}]${encodeReported(decision.reported)},"facts":${encodeFacts(event.facts, event.claims)}}`
  );
}

function encodeOutcome(decision: Decision): string {
  switch (decision.outcome) {
    case 'allow':
      return decision.grant === undefined ? '' : `,"rule":${quoteKnown(decision.grant.rule)}`;
    case 'sign_in':
      return '';
    case 'step_up': {
      const { methods, maxAgeMs, notBeforeMs } = decision.need;
      return `,"need":{"methods":${JSON.stringify(methods)}${optionalNumber('max_age_ms', maxAgeMs)}${optionalNumber('not_before_ms', notBeforeMs)}}`;
    }
    case 'deny': {
      const rule = decision.rule === undefined ? '' : `,"rule":${quote(decision.rule.rule)}`;
      const lock = decision.lock === undefined ? '' : encodeLock(decision.lock);
      return decision.checks === undefined ? rule + lock : `${rule}${lock},"checks":${encodeChecks(decision.checks)}`;
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

function encodeRules(trace: readonly RuleResult[]): string {
  let text = '';
  for (const rule of trace) text = text === '' ? encodeRule(rule) : `${text},${encodeRule(rule)}`;
  return text;
}

function encodeChecks(checks: readonly CheckResult[]): string {
  return `[${checks
    .map(
      ({ check, result, value, source, asOfMs }) =>
        `{"check":${quote(check)},"result":"${result}"${value === undefined ? '' : `,"value":${quoteTree(value)}`}` +
        `${optionalText('source', source)}${optionalNumber('as_of_ms', asOfMs)}}`,
    )
    .join(',')}]`;
}

function encodeFacts(
  { request, person, service, authentication, device, risk }: Facts,
  claims: readonly string[] | undefined,
): string {
  return (
    `{"request":{"source":"connection","as_of_ms":${request.nowMs},"address":${quoteKnown(request.address ?? '')}}` +
    (person === undefined ? '' : `,"person":${encodePerson(person)}${encodeClaims(person, claims)}}`) +
    (service === undefined ? '' : `,"service":${encodeService(service)}`) +
    (authentication === undefined
      ? ''
      : `,"authentication":{"source":"session","proved_at_ms":${encodeProofs(authentication.provedAtMs)}}`) +
    (device === undefined ? '' : `,"device":${encodeDevice(device)}`) +
    (risk === undefined ? '' : `,"risk":${encodeRisk(risk)}`) +
    '}'
  );
}

function encodeService({ source, asOfMs, serviceId, provedBy }: ServiceFacts): string {
  return `{"source":${quoteKnown(source)},"as_of_ms":${asOfMs},"service_id":${quoteKnown(serviceId)},"proved_by":"${provedBy}"}`;
}

const encodeProofs = encodeOnce((provedAtMs: object): string => JSON.stringify(provedAtMs));

// The judge answers the same object for the same session. The brace stays open for the claims.
const encodePerson = encodeOnce((person: PersonFacts): string => {
  return (
    `{"source":${quote(person.source)},"as_of_ms":${person.asOfMs},"session_id":${quote(person.sessionId)}` +
    `,"provider":${quote(person.providerId)},"issuer":${quote(person.issuer)},"subject":${quote(person.subject)}` +
    `${optionalText('name', person.name)}${optionalText('email', person.email)},"email_verified":${person.isEmailVerified}` +
    `${person.groups === undefined ? '' : `,"groups":${quoteTree(person.groups)}`}`
  );
});

/** What a record holds of the claims: those that the rules of the route name. `claims_read` tells an absent one from one that nobody asked for. */
function encodeClaims(person: PersonFacts, names: readonly string[] | undefined): string {
  if (names === undefined || names.length === 0) return '';
  const known = knownClaims.get(person);
  if (known?.names === names) return known.text;
  const picked = person.claims === undefined ? '' : `,"claims":${quoteTree(pickClaims(person.claims, names))}`;
  const text = `,"claims_read":${quoteTree(names)}${picked}`;
  knownClaims.set(person, { names, text });
  return text;
}

const knownClaims = new WeakMap<PersonFacts, { readonly names: readonly string[]; readonly text: string }>();

function encodeDevice(device: DeviceFacts): string {
  const postures = Object.values(device.postures).map(
    ({ posture, result, checks, warnedSinceMs, warnedUntilMs }) =>
      `${quote(posture)}:{"result":"${result}","checks":${encodeChecks(checks)}` +
      `${optionalNumber('warned_since_ms', warnedSinceMs)}${optionalNumber('warned_until_ms', warnedUntilMs)}}`,
  );
  return `{"source":${quote(device.source)},"as_of_ms":${device.asOfMs},"device_id":${quote(device.deviceId)},"postures":{${postures.join(',')}}}`;
}

function encodeRisk(risk: RiskFacts): string {
  if (risk.points.length === 0)
    return `{"source":${quoteKnown(risk.source)},"as_of_ms":${risk.asOfMs},"score":${risk.score},"points":[]}`;
  const points = risk.points.map(
    ({ signal, points, sinceMs, detail, reportedPoints, answeredBy }) =>
      `{"signal":${quote(signal)},"points":${points},"since_ms":${sinceMs},"detail":${quote(detail)}` +
      `${optionalNumber('reported_points', reportedPoints)}${optionalText('answered_by', answeredBy)}}`,
  );
  return `{"source":${quote(risk.source)},"as_of_ms":${risk.asOfMs},"score":${risk.score},"points":[${points.join(',')}]${optionalNumber('score_after_proof', risk.scoreAfterProof)}${optionalNumber('reported_score', risk.reportedScore)}}`;
}

function encodeRefusal(event: RefusalEvent): string {
  const path = event.path === undefined ? undefined : cut(withoutQuery(event.path));
  const host = event.host === undefined ? undefined : cut(event.host);
  return (
    `${encodeHead(event)},"reason":"${event.reason}","address":${quote(event.address)}${optionalText('host', host)}` +
    `,"method":${quote(cut(event.method))}${optionalText('path', path)},"detail":${quote(cut(event.detail))}}`
  );
}

function encodeActivity(event: ActivityEvent): string {
  const { subject } = event;
  return (
    `${encodeHead(event)},"result":"${event.result}"${optionalText('reason', event.reason)}` +
    `${optionalText('session_id', event.sessionId)}${optionalText('address', event.address)}` +
    (subject === undefined
      ? ''
      : `,"subject":{"issuer":${quote(subject.issuer)},"subject":${quote(subject.subject)}${optionalText('email', subject.email)}}`) +
    `,"detail":${quoteTree(event.detail)}}`
  );
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
