import { execFile } from 'node:child_process';

/** What systemd is told of this process (sd_notify(3)). */
export interface ServiceManager {
  /** It serves. */
  ready(): void;
  /** It has been told to stop, and finishes what it began. */
  stopping(): void;
}

export interface ServiceManagerParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly log: { warn(fields: object, message: string): void };
}

const silent: ServiceManager = { ready: () => undefined, stopping: () => undefined };
const patienceMs = 5_000;

/**
 * Tells systemd where it asks (`NOTIFY_SOCKET`). Node has no datagram sockets of the local kind, so the words go through
 * systemd's own program, `systemd-notify`; the unit needs `NotifyAccess=all` for that. With `WatchdogSec=` it is told that
 * this process lives twice in that time: a process whose event loop hangs says nothing.
 */
export function createServiceManager({ env, pid, log }: ServiceManagerParts): ServiceManager {
  if (env['NOTIFY_SOCKET'] === undefined) return silent;
  let hasWarned = false;

  function tell(...words: readonly string[]): void {
    execFile('systemd-notify', [...words], { timeout: patienceMs }, (error) => {
      if (error === null || hasWarned) return;
      hasWarned = true;
      log.warn(
        { err: error },
        'systemd could not be told: systemd-notify failed. Install it, and say NotifyAccess=all in the unit; or say Type=exec and no WatchdogSec=.',
      );
    });
  }

  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1_000;
  const isWatched = watchdogMs > 0 && [undefined, String(pid)].includes(env['WATCHDOG_PID']);
  return {
    ready() {
      tell('READY=1', 'STATUS=Serving.');
      if (isWatched) setInterval(() => tell('WATCHDOG=1'), watchdogMs / 2).unref();
    },
    stopping: () => tell('STOPPING=1', 'STATUS=Requests finish, then streams close.'),
  };
}
