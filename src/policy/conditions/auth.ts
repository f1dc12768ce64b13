import * as z from 'zod';
import type { Facts } from '../../decision/facts.ts';
import type { Condition } from '../condition.ts';
import type { AuthenticationRequirement } from '../rule-values.ts';
import { isFreshProof } from '../step-up-satisfied.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import type { Absent, Wording } from './condition-words.ts';
import { sharedByText } from './share-conditions.ts';

/** One of the methods was proved, recently enough. Each method has a time of its own; a time in the future counts as none (security-rules.md 4). */
function authCondition(requirement: AuthenticationRequirement): Condition {
  return {
    key: 'auth',
    check: ({ authentication, request }) => {
      if (authentication === undefined) return 'unknown';
      for (const method of requirement.methods) {
        if (isFreshProof(authentication.provedAtMs[method], requirement.maxAgeMs, undefined, request.nowMs))
          return 'hit';
      }
      return 'miss';
    },
  };
}

/** `auth`: methods, any one of which will do, and how old the proof may be. */
export const auth = describeGrantCondition({
  key: 'auth',
  description: 'What must have been proved. Unmet, it asks for a step-up and does not deny.',
  schema: ({ authenticationMethod, duration }) =>
    z.strictObject({
      methods: z
        .array(authenticationMethod)
        .min(1)
        .describe(
          'Any one of these must have been proved. registered_browser is proved by the key that a browser keeps, and needs max_age.',
        ),
      max_age: duration(1_000).optional().describe('How old the proof may be. Default: as old as the session.'),
    }),
  misplaced: { help: 'ask for proofs in the allow rules of the route' },
  compile: ({ methods, max_age }): AuthenticationRequirement => ({ methods: [...new Set(methods)], maxAgeMs: max_age }),
  conditionOf: sharedByText(({ methods, maxAgeMs }) => `${methods.join()} ${maxAgeMs}`, authCondition),
  speaksOf: 'situation',
  isOfPeople: true,
  saysWho: false,
  isNoWider: isAsStrict,
  demands: (requirement, before) => {
    if (before.some((one) => isAsStrict(one, requirement))) return [];
    const isYounger = before.some((one) => isAsStrict(one, { ...requirement, maxAgeMs: undefined }));
    return [isYounger ? 'a younger proof' : `proof by ${requirement.methods.join(' or ')}`];
  },
  factsRead: (facts, _asked, wording) => [proofWords(facts, wording)],
  obstacle: 'step_up_not_met',
  wanted: wantedWords,
  need: (requirement) => requirement?.methods.join(' or ') ?? 'step-up',
  lacking: {
    english: 'A stronger or fresher proof that it’s you',
    german: 'Ein stärkerer oder neuerer Nachweis, dass Sie es sind',
  },
});

/** Whoever meets the one meets the other. */
function isAsStrict(one: AuthenticationRequirement | undefined, other: AuthenticationRequirement): boolean {
  if (one === undefined || one.methods.some((method) => !other.methods.includes(method))) return false;
  return (one.maxAgeMs ?? Number.POSITIVE_INFINITY) <= (other.maxAgeMs ?? Number.POSITIVE_INFINITY);
}

function proofWords({ authentication, request }: Facts, { clockTime, ageBefore }: Wording): string {
  const proved = Object.entries(authentication?.provedAtMs ?? {}).map(
    ([method, at]) => `${method} ${clockTime(at)}, ${ageBefore(at, request.nowMs)}`,
  );
  return proved.length === 0 ? 'nothing was proved' : `proved: ${proved.join('; ')}`;
}

function wantedWords(
  requirement: AuthenticationRequirement | undefined,
  { authentication, request }: Facts,
  absent: Absent,
  { duration }: Wording,
): string {
  const limit = requirement?.maxAgeMs === undefined ? [] : [`max_age ${duration(requirement.maxAgeMs)}`];
  const proofs = Object.entries(authentication?.provedAtMs ?? {}).map(
    ([method, at]) => `last ${method} ${duration(request.nowMs - at)} ago`,
  );
  const details = [...limit, ...(authentication === undefined ? [absent] : proofs)];
  return `${(requirement?.methods ?? []).join(' or ')}${details.length === 0 ? '' : ` (${details.join('; ')})`}`;
}
