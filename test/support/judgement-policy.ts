import type { SourcePosition } from '../../src/decision/decision.ts';
import type { Facts, PersonFacts, PostureFacts, RiskFacts } from '../../src/decision/facts.ts';
import type { Denial, Grant, NetworkSet, PathPattern, RoutePolicy } from '../../src/policy/rule.ts';

export const nowMs = Date.UTC(2026, 0, 5, 9, 0, 0);
export const minute = 60_000;

let line = 0;
function nextPosition(): SourcePosition {
  line += 1;
  return { file: 'postern.yaml', line, column: 7 };
}

const nothing = {
  provider: undefined,
  groups: undefined,
  emails: undefined,
  domains: undefined,
  methods: undefined,
  paths: undefined,
  networks: undefined,
  risk: undefined,
};

export function grant(keys: Partial<Omit<Grant, 'effect'>> = {}): Grant {
  return { ...nothing, id: 'grant', at: nextPosition(), effect: 'allow', device: undefined, auth: undefined, ...keys };
}

export function denial(keys: Partial<Omit<Denial, 'effect'>> = {}): Denial {
  return {
    ...nothing,
    id: 'denial',
    at: nextPosition(),
    effect: 'deny',
    deviceFails: undefined,
    userMessage: undefined,
    ...keys,
  };
}

export function policy(keys: Partial<RoutePolicy> = {}): RoutePolicy {
  return {
    route: 'payroll',
    isPublic: false,
    grants: [],
    denials: [],
    postures: [],
    riskResponse: { mediumFrom: 40, highFrom: 70, medium: 'step_up', high: 'deny' },
    stepUpMethods: ['otp', 'passkey'],
    ...keys,
  };
}

/** A pattern of one prefix: enough for rules; the real globs are the configuration's. */
export function pathPrefix(prefix: string): PathPattern {
  return {
    source: `${prefix}**`,
    matches: (path) => path.startsWith(prefix),
    matchesAnyCase: (path) => path.toLowerCase().startsWith(prefix.toLowerCase()),
  };
}

export function network(...addresses: readonly string[]): NetworkSet {
  return { names: ['office'], contains: (address) => addresses.includes(address) };
}

export const ada: PersonFacts = {
  source: 'idp:corp',
  asOfMs: nowMs - 5 * minute,
  sessionId: 'ses_1',
  providerId: 'corp',
  issuer: 'https://idp.corp.example',
  subject: 'ada',
  name: 'Ada',
  email: 'ada@corp.example',
  isEmailVerified: true,
  groups: ['finance', 'staff'],
};

export function posture(result: PostureFacts['result'], asOfMs: number | undefined = nowMs): PostureFacts {
  const check = result === 'unavailable' ? 'unknown' : result === 'warned' ? 'fail' : result;
  const seen = asOfMs === undefined || result === 'unavailable' ? {} : { asOfMs };
  return { posture: 'managed', result, checks: [{ check: 'disk_encrypted', result: check, ...seen }] };
}

export function riskOf(score: number, sinceMs: number = nowMs - minute): RiskFacts {
  const points = score === 0 ? [] : [{ signal: 'new_network', points: score, sinceMs, detail: 'moved' }];
  return { source: 'session', asOfMs: nowMs, score, points };
}

export interface FactKeys {
  readonly method?: string;
  readonly path?: string;
  readonly address?: string;
  readonly person?: PersonFacts | undefined;
  readonly provedAtMs?: NonNullable<Facts['authentication']>['provedAtMs'];
  readonly posture?: PostureFacts | 'no_device' | undefined;
  readonly risk?: RiskFacts | undefined;
}

/** Facts of a calm request by Ada, an hour after her password, on a device that passes. */
export function facts(keys: FactKeys = {}): Facts {
  const judged = keys.posture ?? posture('pass');
  const person = 'person' in keys ? keys.person : ada;
  return {
    request: {
      method: keys.method ?? 'GET',
      path: keys.path ?? '/reports/2026',
      address: keys.address ?? '203.0.113.7',
      nowMs,
    },
    person,
    authentication: person && { provedAtMs: keys.provedAtMs ?? { password: nowMs - 60 * minute } },
    device:
      judged === 'no_device'
        ? undefined
        : { source: 'connection', asOfMs: nowMs, deviceId: 'ada-laptop', postures: { managed: judged } },
    risk: 'risk' in keys ? keys.risk : person && riskOf(0),
  };
}
