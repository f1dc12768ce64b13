import { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { addressOf } from '../address-of.ts';
import type { ClaimFacts, Facts } from '../facts.ts';

class RequestView {
  declare readonly method: string;
  declare readonly path: string;
  declare readonly address: string;

  constructor({ method, path, address }: Facts['request']) {
    this.method = method;
    this.path = path;
    if (address !== undefined) this.address = address;
  }
}

/** An expression cannot say "unknown" of one that only looks like another: it sees none with letters beyond ASCII before the `@`. */
function emailOf(person: Facts['person']): string | undefined {
  const address = addressOf(person);
  return address?.likeness === undefined ? address?.whole : undefined;
}

/** Older than any proof: what was never proved, and what was proved in the future (SECURITY.md 4). */
const never = new Duration(BigInt(100 * 365 * 86_400));

function ageOf(atMs: number | undefined, nowMs: number): Duration {
  return atMs === undefined || atMs > nowMs ? never : Duration.fromMilliseconds(nowMs - atMs);
}

class UserView {
  declare readonly id: string;
  declare readonly provider: string;
  declare readonly email: string;
  declare readonly groups: readonly string[];
  declare readonly claims_age: Duration;

  constructor(person: NonNullable<Facts['person']>, nowMs: number) {
    const { subject, providerId, groups } = person;
    this.id = subject;
    this.provider = providerId;
    const address = emailOf(person);
    if (address !== undefined) this.email = address;
    if (groups !== undefined) this.groups = groups;
    this.claims_age = ageOf(person.asOfMs, nowMs);
  }
}

class DeviceView {
  declare readonly id: string;

  constructor({ deviceId }: NonNullable<Facts['device']>) {
    this.id = deviceId;
  }
}

class RiskView {
  declare readonly score: number;

  constructor({ score }: NonNullable<Facts['risk']>) {
    this.score = score;
  }
}

class AuthView {
  declare readonly password: Duration;
  declare readonly otp: Duration;
  declare readonly passkey: Duration;

  constructor({ provedAtMs }: NonNullable<Facts['authentication']>, nowMs: number) {
    this.password = ageOf(provedAtMs.password, nowMs);
    this.otp = ageOf(provedAtMs.otp, nowMs);
    this.passkey = ageOf(provedAtMs.passkey, nowMs);
  }
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

/** The environment that every expression is checked and run in: types of the facts, and bounds on what may be written. */
export function createExpressionEnvironment(): Environment {
  return new Environment({
    limits: { maxAstNodes: 200, maxDepth: 20, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 3 },
  })
    .registerType('Request', { ctor: RequestView, fields: expressionFields.request })
    .registerType('User', { ctor: UserView, fields: expressionFields.user })
    .registerType('Device', { ctor: DeviceView, fields: expressionFields.device })
    .registerType('Risk', { ctor: RiskView, fields: expressionFields.risk })
    .registerType('Auth', { ctor: AuthView, fields: expressionFields.auth })
    .registerVariable('request', 'Request')
    .registerVariable('user', 'User')
    .registerVariable('device', 'Device')
    .registerVariable('risk', 'Risk')
    .registerVariable('auth', 'Auth')
    .registerVariable('claims', 'map<string, dyn>')
    .registerVariable('now', 'google.protobuf.Timestamp');
}

/** What an expression may see, as CEL has it. What is not known is left out, so that reading it fails. */
export function viewOf(facts: Facts, roots: readonly ExpressionRoot[]): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const root of roots) {
    const value = valueFor(root, facts);
    if (value !== undefined) view[root] = value;
  }
  return view;
}

function valueFor(root: ExpressionRoot, { request, person, device, risk, authentication }: Facts): unknown {
  switch (root) {
    case 'request':
      return new RequestView(request);
    case 'user':
      return person && new UserView(person, request.nowMs);
    case 'claims':
      return person?.claims;
    case 'device':
      return device && new DeviceView(device);
    case 'risk':
      return risk && new RiskView(risk);
    case 'auth':
      return authentication && new AuthView(authentication, request.nowMs);
    case 'now':
      return request.isTimeAssumed === true ? undefined : new Date(request.nowMs);
  }
}

/** A fact that an expression reads: `['request', 'method']`, `['claims', 'address', 'country']`, `['now']`. */
export type FactPath = readonly [root: ExpressionRoot, ...keys: string[]];

/** True when the fact is not known: neither that it is there, nor that it is not. */
export function isFactUnknown(
  [root, key]: FactPath,
  { request, person, device, risk, authentication }: Facts,
): boolean {
  switch (root) {
    case 'request':
      return key === 'address' && request.address === undefined;
    case 'user':
      if (person === undefined) return true;
      if (key === 'email') return emailOf(person) === undefined;
      return key === 'groups' && person.groups === undefined;
    case 'claims':
      return person?.claims === undefined || (person.mayHaveOtherClaims === true && isAbsent(person.claims, key));
    case 'device':
      return device === undefined;
    case 'risk':
      return risk === undefined;
    case 'auth':
      return authentication === undefined;
    case 'now':
      return request.isTimeAssumed === true;
  }
}

function isAbsent(claims: ClaimFacts, key: string | undefined): boolean {
  return key === undefined || !Object.hasOwn(claims, key);
}
