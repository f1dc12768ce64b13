import type { AuthenticationMethod } from '../../../decision/decision.ts';
import type { Facts, PostureFacts } from '../../../decision/facts.ts';
import { conditionsOf } from '../../../policy/conditions/conditions-of-rule.ts';
import type { SampleDraft } from '../../../policy/conditions/sample-draft.ts';
import type { Denial, Grant, SegmentRequirement } from '../../../policy/rule.ts';
import type { Route } from '../../route.ts';
import type { Snapshot } from '../../snapshot.ts';

/** Somebody whom rules speak of, in words, and what is known of them. */
export interface SamplePerson {
  readonly who: string;
  /** Everything but the method and the path. */
  readonly facts: Facts;
}

type Keys = SegmentRequirement['keys'] | Denial;

const mostOfRoute = 60;
const methods: readonly AuthenticationMethod[] = ['password', 'otp', 'passkey', 'registered_browser'];
/** In no network that anybody names: for documentation (RFC 5737). */
const elsewhere = '192.0.2.1';

/**
 * People of whom the rules of these routes speak: nobody, anybody who is signed in, whoever meets a grant (each group and
 * address apart), and each of those whom a denial meets as well. They have proved everything and their devices pass.
 * @param snapshot whose providers they come from and whose postures there are
 */
export function samplePeople(routes: readonly Route[], snapshot: Snapshot, nowMs: number): readonly SamplePerson[] {
  const anybody: SampleDraft = { who: [], groups: [], claims: {}, address: elsewhere, failing: [], nowMs };
  const grants = routes.flatMap(({ policy }) => policy.grants);
  const denials = routes.flatMap(({ policy }) => policy.denials);
  const met = [anybody, ...grants.flatMap((grant) => whoMeets(grant, anybody))];
  const drafts = [...met, ...met.flatMap((one) => denials.flatMap((denial) => meet(denial, one)))];
  const found = new Map<string, SamplePerson>();
  found.set('', {
    who: 'nobody',
    facts: { ...factsOf(anybody, snapshot), person: undefined, authentication: undefined },
  });
  for (const draft of drafts) {
    const who = draft.who.length === 0 ? 'anybody who is signed in' : `somebody ${[...new Set(draft.who)].join(', ')}`;
    if (found.size < mostOfRoute && !found.has(who)) found.set(who, { who, facts: factsOf(draft, snapshot) });
  }
  return [...found.values()];
}

/** A grant and what its segment adds. */
function whoMeets(grant: Grant, from: SampleDraft): readonly SampleDraft[] {
  const { segment } = grant;
  const own = meet(grant, from);
  return segment === undefined ? own : own.flatMap((draft) => meet(segment.keys, draft));
}

/** One for each group, address, domain or service that a rule names; whatever else it asks for, they have. */
function meet(rule: Keys, from: SampleDraft): readonly SampleDraft[] {
  const conditions = conditionsOf(rule);
  const base = conditions.reduce((draft, { condition, value }) => condition.sample?.(value, draft) ?? draft, from);
  const choices = conditions.flatMap(({ condition, value }) => condition.sampleEach?.(value) ?? []);
  return (['membership', 'address'] as const).reduce<readonly SampleDraft[]>(
    (drafts, axis) => {
      const ofAxis = choices.filter((choice) => choice.axis === axis);
      return ofAxis.length === 0 ? drafts : drafts.flatMap((draft) => ofAxis.map((choice) => choice.apply(draft)));
    },
    [base],
  );
}

function factsOf(draft: SampleDraft, { providers, postures }: Snapshot): Facts {
  const { nowMs, service } = draft;
  const provenance = { source: 'sample', asOfMs: nowMs };
  const providerId = draft.provider ?? [...providers.keys()][0] ?? '';
  const judged = [...postures.keys()].map((posture): [string, PostureFacts] => [
    posture,
    { posture, result: draft.failing.includes(posture) ? 'fail' : 'pass', checks: [] },
  ]);
  const shared = {
    request: { method: 'GET', path: '/', address: draft.address, nowMs },
    authentication: { provedAtMs: Object.fromEntries(methods.map((method) => [method, nowMs])) },
    device: { ...provenance, deviceId: 'sample', postures: Object.fromEntries(judged) },
    risk: { ...provenance, score: 0, points: [] },
  };
  if (service !== undefined)
    return { ...shared, person: undefined, service: { ...provenance, serviceId: service, provedBy: 'token' } };
  return {
    ...shared,
    person: {
      ...provenance,
      sessionId: '',
      providerId,
      issuer: providers.get(providerId)?.issuer ?? '',
      subject: draft.email ?? 'somebody',
      name: undefined,
      email: draft.email ?? 'somebody@sample.invalid',
      isEmailVerified: true,
      groups: draft.groups,
      claims: draft.claims,
    },
  };
}
