import type { Posture } from '../config/snapshot.ts';
import type { Devices } from '../devices/device.ts';
import type { DeviceFacts, PostureFacts } from '../policy/facts.ts';
import type { Question } from './judge.ts';

/** True for what has to be waited for. */
export function isPromise<Value extends object>(value: Value | Promise<Value>): value is Promise<Value> {
  return 'then' in value;
}

type OnFault = (thrown: unknown) => void;

function unavailable(posture: string): PostureFacts {
  return { posture, result: 'unavailable', checks: [] };
}

/** One posture; trouble with the device's facts makes this posture unavailable, and no other. */
function judgeOne(
  devices: Pick<Devices, 'judgePosture'>,
  deviceId: string,
  posture: Posture,
  nowMs: number,
  onFault: OnFault,
): PostureFacts | Promise<PostureFacts> {
  const giveUp = (thrown: unknown): PostureFacts => {
    onFault(thrown);
    return unavailable(posture.name);
  };
  try {
    const judged = devices.judgePosture(deviceId, posture, nowMs);
    return isPromise(judged) ? judged.catch(giveUp) : judged;
  } catch (thrown) {
    return giveUp(thrown);
  }
}

/**
 * The device of the connection with the postures that the route names, and no others; a promise only when facts have to
 * be fetched. Never rejects.
 */
export function gatherDevice(
  question: Question,
  devices: Pick<Devices, 'judgePosture'>,
  onFault: OnFault,
): DeviceFacts | undefined | Promise<DeviceFacts> {
  const { device, snapshot, route, nowMs } = question;
  if (device === undefined || nowMs > device.notAfterMs) return undefined;
  const postures: Record<string, PostureFacts> = {};
  const facts: DeviceFacts = { source: 'connection', asOfMs: nowMs, deviceId: device.deviceId, postures };
  let waiting: Promise<void>[] | undefined;
  for (const name of route.policy.postures) {
    const posture = snapshot.postures.get(name);
    const judged =
      posture === undefined ? unavailable(name) : judgeOne(devices, device.deviceId, posture, nowMs, onFault);
    if (isPromise(judged)) {
      waiting = waiting ?? [];
      waiting.push(
        judged.then((late) => {
          postures[name] = late;
        }),
      );
    } else {
      postures[name] = judged;
    }
  }
  return waiting === undefined ? facts : Promise.all(waiting).then(() => facts);
}
