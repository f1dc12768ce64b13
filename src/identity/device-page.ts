import { giveGrace } from '../access/gather-device.ts';
import { frontPathOf, type Route } from '../config/route.ts';
import type { Posture } from '../config/snapshot.ts';
import type { Decision } from '../decision/decision.ts';
import type { PostureFacts } from '../decision/facts.ts';
import type { PostureStanding } from '../pages/page.ts';
import { devicePath } from '../pages/paths.ts';
import type { Session } from '../sessions/session.ts';
import { ownBrowsers } from './browser/register-browser.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityParts } from './parts.ts';
import { previewOf } from './preview.ts';

/** What an app that asks something of the device is to this person now. */
interface AskingApp {
  readonly route: Route;
  readonly isClosedByDevice: boolean;
}

/**
 * `GET /.postern/device`: the postures that concern this person's apps, as of now, with or without a device. Which apps
 * exist is for people who have signed in; somebody else sees what is known of the device alone.
 */
export async function showDevice(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  const { device, snapshot } = exchange;
  const apps = session === undefined ? [] : await askingApps(parts, exchange, session);
  const isConcerned = ({ name }: Posture): boolean =>
    session === undefined ? device !== undefined : apps.some(({ route }) => route.policy.postures.includes(name));
  const postures = await Promise.all(
    [...snapshot.postures.values()].filter(isConcerned).map(async (posture): Promise<PostureStanding> => {
      const asking = apps.filter(({ route }) => route.policy.postures.includes(posture.name));
      const judged =
        device === undefined ? withoutDevice(posture) : await judge(parts, exchange, device, posture, session);
      return {
        posture: posture.name,
        title: posture.title,
        result: judged.result,
        checks: judged.checks,
        ...(judged.result === 'warned' ? { warnedUntilMs: judged.warnedUntilMs } : {}),
        apps: asking.map(({ route }) => route.title),
        blocks:
          judged.result === 'pass' || judged.result === 'warned'
            ? []
            : asking.filter(({ isClosedByDevice }) => isClosedByDevice).map(({ route }) => route.title),
      };
    }),
  );
  const browsers = session === undefined ? undefined : await ownBrowsers(parts, exchange, session);
  const elsewhere = device === undefined ? parts.deps.certificateOriginOf(exchange.request) : undefined;
  const certificateUrl = elsewhere === undefined ? undefined : elsewhere + devicePath;
  const page = { kind: 'device', deviceId: device?.deviceId, certificateUrl, postures, browsers } as const;
  parts.answers.page(exchange, page, session);
}

/** The apps that ask for a posture and that are this person's to open: what the device cannot mend is not told. */
async function askingApps(parts: IdentityParts, exchange: Exchange, session: Session): Promise<readonly AskingApp[]> {
  const apps = await Promise.all(
    exchange.snapshot.routes.map(async (route): Promise<AskingApp | undefined> => {
      const path = frontPathOf(route);
      if (path === undefined || route.policy.postures.length === 0) return undefined;
      const { decision } = await parts.deps.judge.decide(previewOf(exchange, route, path, session));
      const isClosedByDevice = closedByDevice(decision);
      return isClosedByDevice === undefined ? undefined : { route, isClosedByDevice };
    }),
  );
  return apps.filter((app) => app !== undefined);
}

/** Whether the device is what closes an app; `undefined` where something else does, so that nothing is told of it. */
function closedByDevice(decision: Decision): boolean | undefined {
  if (decision.outcome === 'allow' || decision.outcome === 'step_up') return false;
  switch (decision.reason) {
    case 'device_unknown':
    case 'device_not_compliant':
    case 'posture_stale':
    case 'posture_unavailable':
      return true;
    default:
      return undefined;
  }
}

function withoutDevice(posture: Posture): Pick<PostureStanding, 'result' | 'checks' | 'warnedUntilMs'> {
  return { result: 'no_device', checks: posture.require.map(({ source }) => ({ check: source, result: 'unknown' })) };
}

/** One posture; trouble with the facts makes this one unavailable and leaves the page as it is. */
async function judge(
  parts: IdentityParts,
  exchange: Exchange,
  { deviceId }: { readonly deviceId: string },
  posture: Posture,
  session: Session | undefined,
): Promise<Pick<PostureFacts, 'result' | 'checks' | 'warnedUntilMs'>> {
  const { devices } = parts.deps;
  try {
    const judged = await devices.judgePosture(deviceId, posture, exchange.startedAtMs);
    return await giveGrace(devices, judged, posture, exchange.startedAtMs, session);
  } catch (thrown) {
    const facts = { err: thrown, posture: posture.name, decision_id: exchange.decisionId };
    parts.deps.log.error(facts, 'The device page could not judge a posture.');
    return { result: 'unavailable', checks: [] };
  }
}
