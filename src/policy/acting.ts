import type { Facts, PersonFacts } from '../decision/facts.ts';
import { bucketOf } from './bucket.ts';
import { canonicalEmail } from './canonical-email.ts';
import type { Denial, Grant, Rollout } from './rule.ts';

/** Whether a rule has its effect on this request. `unknown`: there is nothing to tell a bucket by. */
export interface Acting {
  readonly acts: 'yes' | 'no' | 'unknown';
  /** 0 to 99; absent where nothing was drawn. */
  readonly bucket: number | undefined;
}

const yes: Acting = { acts: 'yes', bucket: undefined };
const no: Acting = { acts: 'no', bucket: undefined };
const unknown: Acting = { acts: 'unknown', bucket: undefined };

/**
 * Builds what tells whether a rule acts, by its mode; `undefined` for one that always does. Raising a percentage only
 * adds people, since everybody keeps their bucket.
 */
export function createActing(route: string, rule: Grant | Denial): ((facts: Facts) => Acting) | undefined {
  switch (rule.mode) {
    case undefined:
    case 'enforce':
      return undefined;
    case 'report_only':
      return () => no;
    case 'partial': {
      const { rollout } = rule;
      // The configuration refuses `partial` without a rollout; a rule made by hand then acts on nobody that it would let in.
      return rollout === undefined ? () => unknown : createDraw(route, rule, rollout);
    }
  }
}

function createDraw(route: string, rule: Grant | Denial, rollout: Rollout): (facts: Facts) => Acting {
  const draw = (keys: readonly string[]): Acting => {
    if (keys.length === 0 || keys.includes('')) return unknown;
    if (keys.some((key) => rollout.exclude.has(key))) return no;
    if (keys.some((key) => rollout.include.has(key))) return yes;
    const bucket = Math.min(...keys.map((key) => bucketOf(route, rule.id, key)));
    return { acts: bucket < rollout.percent ? 'yes' : 'no', bucket };
  };
  switch (rollout.by) {
    case 'user': {
      // The judge answers the same object for the same session, so a session is drawn once.
      const drawn = new WeakMap<PersonFacts, Acting>();
      return ({ person, service }) => {
        if (person === undefined) return draw(service === undefined ? [] : [`service:${service.serviceId}`]);
        const known = drawn.get(person) ?? draw([userKey(person)]);
        drawn.set(person, known);
        return known;
      };
    }
    case 'group':
      return ({ person }) => draw((person?.groups ?? []).filter((group) => rule.groups?.has(group) ?? true));
    case 'device':
      return ({ device }) => draw(device === undefined ? [] : [device.deviceId]);
  }
}

/** Who somebody is in a rollout: the address where a provider vouches for it, which is what admins list; else the subject. */
export function userKey({ email, isEmailVerified, issuer, subject }: PersonFacts): string {
  const address = email !== undefined && isEmailVerified ? canonicalEmail(email) : undefined;
  if (address !== undefined) return address;
  // In a question about somebody who is not named, nobody's bucket is drawn.
  return subject === '' ? '' : `${issuer} ${subject}`;
}
