import type { DevicePorts } from '../../src/cli/device/device-ports.ts';

type Output = string | { readonly code?: number; readonly stdout?: string; readonly stderr?: string };

/** A device of which the outputs of commands and the contents of files are written down; any other command is not there. */
export function recordedDevice(
  platform: string,
  outputs: Readonly<Record<string, Output>>,
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string | undefined>> = {},
): DevicePorts {
  return {
    platform,
    env,
    run: async (command, args) => {
      const output = outputs[[command, ...args].join(' ')];
      if (output === undefined) return undefined;
      const { code = 0, stdout = '', stderr = '' } = typeof output === 'string' ? { stdout: output } : output;
      return { code, stdout, stderr };
    },
    readText: async (path) => files[path],
  };
}
