import type { DevicePorts } from './device-ports.ts';
import type { MaybeFacts, OwnFacts } from './own-facts.ts';
import { readLinuxFacts } from './read-linux.ts';
import { readMacFacts } from './read-macos.ts';

/** Reads this device. `undefined`: its system is none that can be read. */
export async function readDeviceFacts(ports: DevicePorts): Promise<OwnFacts | undefined> {
  const read = readerOf(ports.platform);
  if (read === undefined) return undefined;
  const facts: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(await read(ports))) if (value !== undefined) facts[name] = value;
  return facts;
}

function readerOf(platform: string): ((ports: DevicePorts) => Promise<MaybeFacts>) | undefined {
  switch (platform) {
    case 'linux':
      return readLinuxFacts;
    case 'darwin':
      return readMacFacts;
    default:
      return undefined;
  }
}
