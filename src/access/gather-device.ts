import type { Posture } from '../config/snapshot.ts';
import type { DeviceFacts, PostureFacts } from '../decision/facts.ts';
import type { Devices } from '../devices/device.ts';
import { mayBeWarned, withGrace } from '../devices/grace.ts';
import type { Session } from '../sessions/session.ts';
import type { Question } from './judge.ts';

/** True for what has to be waited for. */
export function isPromise<Value extends object>(value: Value | Promise<Value>): value is Promise<Value> {
  return 'then' in value;
}

type PostureDevices = Pick<Devices, 'judgePosture' | 'firstWarnings'>;
type OnFault = (thrown: unknown, question: Question) => void;

function unavailable(posture: string): PostureFacts {
  return { posture, result: 'unavailable', checks: [] };
}

/** One posture; trouble with the device's facts makes this posture unavailable, and no other. */
function judgeOne(
  devices: PostureDevices,
  deviceId: string,
  posture: Posture,
  question: Question,
  session: Session | undefined,
  onFault: OnFault,
): PostureFacts | Promise<PostureFacts> {
  const { nowMs } = question;
  const giveUp = (thrown: unknown): PostureFacts => {
    onFault(thrown, question);
    return unavailable(posture.name);
  };
  try {
    const judged = devices.judgePosture(deviceId, posture, nowMs);
    const graced = isPromise(judged)
      ? judged.then((late) => giveGrace(devices, late, posture, nowMs, session))
      : giveGrace(devices, judged, posture, nowMs, session);
    return isPromise(graced) ? graced.catch(giveUp) : graced;
  } catch (thrown) {
    return giveUp(thrown);
  }
}

/** Grace is a person's (security-rules.md 13): a service has none, and nobody who is not signed in. */
export function giveGrace(
  { firstWarnings }: Pick<Devices, 'firstWarnings'>,
  judged: PostureFacts,
  posture: Posture,
  nowMs: number,
  session: Session | undefined,
): PostureFacts | Promise<PostureFacts> {
  if (session === undefined || !mayBeWarned(judged, posture)) return judged;
  const first = firstWarnings.of(session.person, posture.name);
  return isPromise(first)
    ? first.then(({ atMs }) => withGrace(judged, posture, atMs, nowMs))
    : withGrace(judged, posture, first.atMs, nowMs);
}

/**
 * The device of the connection with the postures that the route names, and no others; a promise only when facts have to
 * be fetched. Never rejects. @param session the one that counts for this request.
 */
export function gatherDevice(
  question: Question,
  devices: PostureDevices,
  session: Session | undefined,
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
      posture === undefined
        ? unavailable(name)
        : judgeOne(devices, device.deviceId, posture, question, session, onFault);
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
