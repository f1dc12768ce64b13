import { isWithin } from '../../policy/is-within.ts';
import type { RiskResponse } from '../../policy/rule.ts';
import type { Route } from '../route.ts';
import { isSameMeaning } from './same-meaning.ts';
import { isNoNarrower, isNoWider } from './widened-rule.ts';

/** What neither opens nor closes. */
const neutral: ReadonlySet<string> = new Set([
  ...['index', 'at', 'title', 'description', 'icon', 'group', 'owner', 'apiPaths', 'websocketDeny', 'policy', 'origin'],
  ...['allowWebsockets', 'corsOrigins', 'removeRequestHeaders'],
]);

/** What a route that was there before may open more than it did, in words. Whatever cannot be told counts as opened. */
export function* openedBy(route: Route, old: Route): Generator<string> {
  const { name } = route;
  if (route.allowWebsockets && !old.allowWebsockets) yield `${name}: allow_websockets`;
  if (!isWithin(route.corsOrigins, old.corsOrigins)) yield `${name}: cors`;
  if (!isWithin(old.removeRequestHeaders, route.removeRequestHeaders)) yield `${name}: remove_request_headers`;
  for (const key of new Set([...Object.keys(route), ...Object.keys(old)])) {
    if (!neutral.has(key) && !isSameMeaning(Reflect.get(route, key), Reflect.get(old, key))) yield `${name}: ${key}`;
  }
  yield* openedByRules(route, old);
}

function* openedByRules({ name, policy }: Route, { policy: old }: Route): Generator<string> {
  if (policy.isPublic && !old.isPublic) yield `${name} is public`;
  const grants = new Map(old.grants.map((grant) => [grant.id, grant]));
  for (const grant of policy.grants) {
    const own = grants.get(grant.id);
    if (own !== undefined && (isSameMeaning(grant, own) || isNoWider(grant, own))) continue;
    if (!old.grants.some((one) => isNoWider(grant, one)))
      yield `${name}/${grant.id} ${own === undefined ? 'is a new grant' : 'may grant more'}`;
  }
  const denials = new Map(policy.denials.map((denial) => [denial.id, denial]));
  for (const denial of old.denials) {
    const own = denials.get(denial.id);
    if (own !== undefined && (isSameMeaning(own, denial) || isNoNarrower(own, denial))) continue;
    if (!policy.denials.some((one) => isNoNarrower(one, denial)))
      yield `${name}/${denial.id} ${own === undefined ? 'denies no more' : 'may deny less'}`;
  }
  if (!isNoMilder(policy.riskResponse, old.riskResponse)) yield `${name}: the answer to risk`;
  if (!isSameMeaning(policy.stepUpMethods, old.stepUpMethods)) yield `${name}: the methods of a step-up`;
}

/** The same answers, from the same levels on or from lower ones. */
function isNoMilder(response: RiskResponse, old: RiskResponse): boolean {
  const { mediumFrom, highFrom, ...answers } = response;
  const { mediumFrom: oldMedium, highFrom: oldHigh, ...oldAnswers } = old;
  return mediumFrom <= oldMedium && highFrom <= oldHigh && isSameMeaning(answers, oldAnswers);
}
