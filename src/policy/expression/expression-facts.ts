import { Environment } from '@marcbachmann/cel-js';
import type { Facts } from '../../decision/facts.ts';
import { addressOf } from '../address-of.ts';
import { failed, type Outcome, TimeSpan, unknownFact } from './outcome.ts';

/** An expression cannot say "unknown" of one that only looks like another: it sees none with letters beyond ASCII before the `@`. */
function emailOf(person: Facts['person']): string | undefined {
  const address = addressOf(person);
  return address?.likeness === undefined ? address?.whole : undefined;
}

/** Older than any proof: what was never proved, and what was proved in the future (security-rules.md 4). */
const never = new TimeSpan(100n * 365n * 86_400n * 1_000_000_000n);

function ageOf(atMs: number | undefined, nowMs: number): TimeSpan {
  return atMs === undefined || atMs > nowMs ? never : TimeSpan.ofMs(nowMs - atMs);
}

/** The facts that an expression can read, with their CEL types. Documented in docs/rules.md. */
export const expressionFields = {
  request: { method: 'string', path: 'string', address: 'string' },
  user: {
    id: 'string',
    provider: 'string',
    email: 'string',
    groups: 'list<string>',
    claims_age: 'google.protobuf.Duration',
  },
  device: { id: 'string' },
  risk: { score: 'double' },
  auth: {
    password: 'google.protobuf.Duration',
    otp: 'google.protobuf.Duration',
    passkey: 'google.protobuf.Duration',
  },
} as const;

/** Everything that an expression can begin with. */
export const expressionRoots = [...Object.keys(expressionFields), 'claims', 'now'] as const;

export type ExpressionRoot = keyof typeof expressionFields | 'claims' | 'now';

/** The environment that every expression is parsed and checked in: types of the facts, and bounds on what may be written. */
export function createExpressionEnvironment(): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 200, maxDepth: 20, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 3 },
  });
  for (const [root, fields] of Object.entries(expressionFields)) {
    const type = `${root.charAt(0).toUpperCase()}${root.slice(1)}`;
    environment.registerType(type, { fields }).registerVariable(root, type);
  }
  return environment
    .registerVariable('claims', 'map<string, dyn>')
    .registerVariable('now', 'google.protobuf.Timestamp');
}

/** A fact that an expression reads: `['request', 'method']`, `['claims', 'address', 'country']`, `['now']`. */
export type FactPath = readonly [root: ExpressionRoot, ...keys: string[]];

/** What can be read of a fact in one step: a field, or a claim. What lies deeper in a claim is read of its value. */
export function readFact([root, key]: FactPath, facts: Facts): Outcome {
  const { request, person, device, risk, authentication } = facts;
  switch (root) {
    case 'request':
      if (key === 'method') return request.method;
      if (key === 'path') return request.path;
      return request.address ?? unknownFact;
    case 'user':
      return person === undefined ? unknownFact : readPerson(person, key, request.nowMs);
    case 'claims':
      return readClaim(person, key);
    case 'device':
      return device?.deviceId ?? unknownFact;
    case 'risk':
      return risk?.score ?? unknownFact;
    case 'auth': {
      if (authentication === undefined) return unknownFact;
      const { password, otp, passkey } = authentication.provedAtMs;
      return ageOf(key === 'password' ? password : key === 'otp' ? otp : passkey, request.nowMs);
    }
    case 'now':
      return request.isTimeAssumed === true ? unknownFact : new Date(request.nowMs);
  }
}

function readPerson(person: NonNullable<Facts['person']>, key: string | undefined, nowMs: number): Outcome {
  switch (key) {
    case 'id':
      return person.subject;
    case 'provider':
      return person.providerId;
    case 'email':
      return emailOf(person) ?? unknownFact;
    case 'groups':
      return person.groups ?? unknownFact;
    default:
      return ageOf(person.asOfMs, nowMs);
  }
}

/** A claim that is absent. `has()` asks for it; whatever reads it fails. */
export const absentClaim = failed('A claim is absent.');

function readClaim(person: Facts['person'], key: string | undefined): Outcome {
  if (person?.claims === undefined || key === undefined) return unknownFact;
  if (Object.hasOwn(person.claims, key)) return person.claims[key] ?? null;
  return person.mayHaveOtherClaims === true ? unknownFact : absentClaim;
}
