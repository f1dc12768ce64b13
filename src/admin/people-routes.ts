import { Router } from 'express';
import { z } from 'zod';
import { englishOf } from '../config/values/local-text.ts';
import type { KnownPerson } from '../people/known-person.ts';
import { conditionsOf, grantCondition } from '../policy/conditions/conditions-of-rule.ts';
import type { Need, Prospect } from '../policy/prospect.ts';
import type { Grant } from '../policy/rule.ts';
import { nameOf, type PersonAccess } from '../preview/list-access.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { parseInput } from './parse-input.ts';
import { recordCall } from './record-call.ts';
import { sendList } from './send-list.ts';

const whoSchema = z.string().min(1).max(320);
const routeSchema = z.string().min(1).max(64);
const noQuery = z.strictObject({});

const nobody = 'Nobody who has signed in has this e-mail address or subject.';

/** `/api/v1/people` and `/api/v1/routes/{name}/people`: who has signed in, and what each of them can open. */
export function createPeopleRoutes(dependencies: AdminDependencies): Router {
  const { people, access, config } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/routes/:name/people', async (request, response) => {
    const name = parseInput(routeSchema, request.params.name, 'route name');
    parseInput(noQuery, request.query, 'query');
    const all = access.whoCan(name);
    if (all === undefined) throw new AdminProblem('not_found', 'No route has this name.');
    await recordCall(dependencies, request, response, 'success', { action: 'routes.people', detail: { route: name } });
    await sendList(response, { route: name, config: config() }, 'people', describedAccess(all), () => ({}));
  });

  router.get('/people/:who/access', async (request, response) => {
    const who = parseInput(whoSchema, request.params.who, 'person');
    parseInput(noQuery, request.query, 'query');
    const found = await access.accessOf(who);
    if (found.length === 0) throw new AdminProblem('not_found', nobody);
    await recordCall(dependencies, request, response, 'success', { action: 'people.access', detail: { who } });
    response.json({
      config: config(),
      people: found.map(({ known, routes }) => ({
        ...describeClaims(known),
        routes: routes.map((one) => ({
          route: one.route.name,
          title: englishOf(one.route.title),
          ...describeAccess(one),
        })),
      })),
    });
  });

  router.get('/people', async (request, response) => {
    parseInput(noQuery, request.query, 'query');
    await recordCall(dependencies, request, response, 'success', { action: 'people.list' });
    await sendList(response, {}, 'people', described(people.pages()), (total) => ({ total }));
  });

  router.delete('/people/:who', async (request, response) => {
    const who = parseInput(whoSchema, request.params.who, 'person');
    const found = await people.find(who);
    if (found.length === 0) throw new AdminProblem('not_found', nobody);
    for (const { person } of found) await people.forget(person);
    await recordCall(dependencies, request, response, 'success', {
      action: 'people.forget',
      detail: { who, forgotten: found.length },
    });
    response.json({
      forgotten: found.map(({ person }) => ({ issuer: person.issuer, subject: person.subject, email: person.email })),
      detail: 'They are known again after their next sign-in. Sessions go on: to end them, use the sessions.',
    });
  });

  router.all(['/routes/:name/people', '/people/:who/access', '/people'], refuseMethod('GET, HEAD'));
  router.all('/people/:who', refuseMethod('GET, HEAD, DELETE'));
  return router;
}

async function* described(pages: AsyncIterable<readonly KnownPerson[]>) {
  for await (const page of pages)
    for (const known of page) yield { ...describeClaims(known), claims: known.person.claims };
}

async function* describedAccess(all: AsyncIterable<PersonAccess>) {
  for await (const one of all) yield { ...describeClaims(one.known), ...describeAccess(one) };
}

/** Named one by one: what is added to a person later stays hidden until somebody decides otherwise. */
function describeClaims({ person, firstSeenAtMs, lastSeenAtMs }: KnownPerson) {
  return {
    person: nameOf(person),
    provider: person.providerId,
    issuer: person.issuer,
    subject: person.subject,
    name: person.name,
    email: person.email,
    email_verified: person.isEmailVerified,
    groups: person.groups,
    groups_as_of: toIso(person.asOfMs),
    first_seen_at: toIso(firstSeenAtMs),
    last_seen_at: toIso(lastSeenAtMs),
  };
}

function describeAccess({ prospect, lastUsedAtMs, isStale, route }: PersonAccess) {
  const { access, via, reason } = prospect;
  return {
    access,
    via: via === undefined ? undefined : { rule: via.rule, at: `${via.at.file}:${via.at.line}` },
    reason,
    needs: access === 'conditional' || prospect.needs.length > 0 ? describeNeeds(prospect, route) : undefined,
    last_used_at: lastUsedAtMs === undefined ? undefined : toIso(lastUsedAtMs),
    is_stale: isStale,
  };
}

/** What is still needed, in words: `device check`, `passkey`, `network office`. */
function describeNeeds({ needs, via }: Prospect, { policy }: PersonAccess['route']): readonly string[] {
  const grant = policy.grants.find(({ id }) => id === via?.rule);
  return needs.map((need) => describeNeed(need, grant));
}

function describeNeed(need: Need, grant: Grant | undefined): string {
  if (need.kind === 'sign_in') return 'sign-in';
  if (need.kind === 'avoid') return `not meeting ${need.rule}`;
  if (need.kind === 'stage') return `a stage of ${need.rule} with bucket ${need.bucket}`;
  const own = grant === undefined ? [] : conditionsOf(grant);
  const value = own.find(({ condition }) => condition.key === need.key)?.value;
  return grantCondition(need.key)?.need?.(value) ?? need.key;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
