import { frontPathOf, type Route } from '../config/route.ts';
import type { LocalText } from '../config/values/local-text.ts';
import type { Decision } from '../decision/decision.ts';
import type { DeviceFacts } from '../decision/facts.ts';
import type { ReasonCode } from '../decision/reason.ts';
import { openPhrasebook } from '../pages/messages/phrasebook.ts';
import type { PortalTile } from '../pages/page.ts';
import { openUrl, searchField } from '../pages/paths.ts';
import type { Session } from '../sessions/session.ts';
import { loginUrl } from './answer.ts';
import { isNavigation } from './client-form.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import { answerLocked, findLock } from './find-lock.ts';
import { findPostponed } from './not-now.ts';
import type { IdentityParts } from './parts.ts';
import { previewOf } from './preview.ts';

/** `GET /`: what this person can open on this device now, by the judge that the gateway asks. */
export async function showPortal(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined) {
    const signInUrl = exchange.authOrigin + loginUrl(undefined);
    return isNavigation(exchange.request.method, exchange.request.headers)
      ? parts.answers.redirect(exchange, signInUrl)
      : parts.answers.refuse(exchange, { reason: 'login_required', signInUrl });
  }
  const { person, id: sessionId } = session;
  const lock = await findLock(parts, { person, sessionId, deviceId: exchange.device?.deviceId });
  if (lock !== undefined) return answerLocked(parts, exchange, lock, session);
  parts.deps.sessions.touch(session.id, exchange.startedAtMs);
  const tiles = await tilesFor(parts, exchange, session);
  const signOutToken = parts.signOutTokens.tokenFor(session.id);
  const query = singleParameter(queryOf(exchange.request), searchField);
  const postponed = await findPostponed(parts, exchange, session);
  parts.answers.page(exchange, { kind: 'portal', tiles, query, postponed, signOutToken }, session);
}

/** `GET /.postern/api/apps`: the same as JSON. */
export async function listApps(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined) {
    const signInUrl = exchange.authOrigin + loginUrl(undefined);
    return parts.answers.refuse(exchange, { reason: 'login_required', signInUrl });
  }
  const tiles = await tilesFor(parts, exchange, session);
  const { choose } = openPhrasebook(exchange.request.headers['accept-language']);
  const textOf = (text: LocalText | undefined): string | null =>
    text === undefined ? null : (choose(text)?.text ?? null);
  parts.answers.json(exchange, {
    apps: tiles.map(({ name, title, description, group, host, owner, url, iconUrl, state, reason, warnedUntilMs }) => ({
      name,
      title: textOf(title),
      description: textOf(description),
      group: textOf(group),
      host,
      owner: owner ?? null,
      url,
      icon_url: iconUrl === undefined ? null : exchange.authOrigin + iconUrl,
      state,
      reason: reason ?? null,
      ...(warnedUntilMs === undefined ? {} : { blocks_at: new Date(warnedUntilMs).toISOString() }),
    })),
  });
}

async function tilesFor(parts: IdentityParts, exchange: Exchange, session: Session): Promise<readonly PortalTile[]> {
  const tiles = await Promise.all(
    exchange.snapshot.routes.map(async (route) => {
      const path = frontPathOf(route);
      if (path === undefined) return undefined;
      const { decision, facts } = await parts.deps.judge.decide(previewOf(exchange, route, path, session));
      const standing = standingOf(decision, facts.device);
      return standing === undefined ? undefined : tileOf(parts, exchange, route, path, standing);
    }),
  );
  return tiles.filter((tile) => tile !== undefined);
}

type Standing = Pick<PortalTile, 'state' | 'reason' | 'warnedUntilMs'>;

/** How a decision looks on a tile; `undefined` hides what the person cannot mend, so that nothing is told of it. */
function standingOf(decision: Decision, device: DeviceFacts | undefined): Standing | undefined {
  switch (decision.outcome) {
    case 'allow':
      return warnedStanding(device) ?? { state: 'ready', reason: undefined };
    case 'step_up':
      return { state: 'needs_step_up', reason: decision.reason };
    case 'deny':
      return deviceStanding(decision.reason);
    case 'sign_in':
      return undefined;
  }
}

/** What a grace lets pass closes when the first of the graces ends. */
function warnedStanding(device: DeviceFacts | undefined): Standing | undefined {
  const ends = Object.values(device?.postures ?? {}).flatMap(({ result, warnedUntilMs }) =>
    result === 'warned' && warnedUntilMs !== undefined ? [warnedUntilMs] : [],
  );
  return ends.length === 0 ? undefined : { state: 'warned', reason: undefined, warnedUntilMs: Math.min(...ends) };
}

function deviceStanding(reason: ReasonCode): Standing | undefined {
  if (reason === 'device_unknown') return { state: 'device_unknown', reason };
  if (reason === 'device_not_compliant' || reason === 'posture_stale') return { state: 'fix_device', reason };
  return undefined;
}

function tileOf(parts: IdentityParts, exchange: Exchange, route: Route, path: string, standing: Standing): PortalTile {
  return {
    name: route.name,
    title: route.title,
    description: route.description,
    host: route.host,
    owner: route.owner,
    group: route.group,
    iconUrl: route.icon === undefined ? undefined : parts.icons.addressOf(route.icon),
    url:
      route.hasServiceWorker === true
        ? openUrl(exchange.authOrigin, route)
        : parts.deps.originFor(route.host, exchange.request) + path,
    ...standing,
  };
}
