import { execFile } from 'node:child_process';
import { readBoundedFile } from '../../config/source/read-bounded-file.ts';

/** How a command went; `undefined` where it is not there, or took too long. */
export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What reading a device takes; tests give recorded outputs in its place. */
export interface DevicePorts {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs a command without a shell. Never rejects. */
  readonly run: (command: string, args: readonly string[]) => Promise<CommandOutput | undefined>;
  /** `undefined` where it cannot be read. */
  readonly readText: (path: string) => Promise<string | undefined>;
}

const timeoutMs = 10_000;
const maxOutputBytes = 1024 * 1024;
/** Fixed, so that a folder of the person's does not answer in the system's place. */
const searchPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/** What commands of the desktop need to find the session. */
const passedOn = ['HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'XDG_CURRENT_DESKTOP', 'DBUS_SESSION_BUS_ADDRESS'];

/** The device that this process runs on. */
export function systemDevicePorts(): DevicePorts {
  const { env, platform } = process;
  const inherited = Object.fromEntries(
    passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const options = {
    timeout: timeoutMs,
    maxBuffer: maxOutputBytes,
    env: { ...inherited, PATH: searchPath, LC_ALL: 'C' },
  };
  return {
    platform,
    env,
    run: (command, args) =>
      new Promise((resolve) => {
        execFile(command, [...args], options, (error, stdout, stderr) => {
          if (error === null) return resolve({ code: 0, stdout, stderr });
          resolve(typeof error.code === 'number' ? { code: error.code, stdout, stderr } : undefined);
        });
      }),
    readText: (path) =>
      readBoundedFile(path, maxOutputBytes).then(
        (bytes) => bytes.toString('utf8'),
        () => undefined,
      ),
  };
}
