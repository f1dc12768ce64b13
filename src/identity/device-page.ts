import { giveGrace } from '../access/gather-device.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityParts } from './parts.ts';

/** `GET /.postern/device`: every posture of this connection's device, as of now (experience.md E6). */
export async function showDevice(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  const { device, snapshot } = exchange;
  if (device === undefined) {
    return parts.answers.page(exchange, { kind: 'device', deviceId: undefined, postures: [] }, session);
  }
  const postures = await Promise.all(
    [...snapshot.postures.values()].map(async (posture) => {
      const { devices } = parts.deps;
      const known = await devices.judgePosture(device.deviceId, posture, exchange.startedAtMs);
      const judged = await giveGrace(devices, known, posture, exchange.startedAtMs, session);
      return {
        posture: posture.name,
        result: judged.result,
        checks: judged.checks,
        warnedUntilMs: judged.result === 'warned' ? judged.warnedUntilMs : undefined,
        // Which apps exist is for people who have signed in.
        blocks: session === undefined ? [] : blockedBy(snapshot.routes, posture.name),
      };
    }),
  );
  parts.answers.page(exchange, { kind: 'device', deviceId: device.deviceId, postures }, session);
}

function blockedBy(routes: Exchange['snapshot']['routes'], posture: string): readonly string[] {
  return routes.filter((route) => route.policy.postures.includes(posture)).map((route) => route.title);
}
