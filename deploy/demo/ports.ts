import { createServer } from 'node:net';
import { closeServer, listenOnLoopback } from './listen.ts';

/** The ports of the demo, by what listens there. */
export interface DemoPorts {
  readonly plain: number;
  readonly tls: number;
  readonly admin: number;
  readonly provider: number;
}

/** What the demo likes best, and what its documentation names. */
const preferredPorts: DemoPorts = { plain: 4180, tls: 4443, admin: 4181, provider: 4182 };

const attempts = 200;

/** Browsers and fetch refuse this one whatever listens there (Fetch Standard, "bad port"). */
const refusedByFetch = 4190;

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await listenOnLoopback(probe, port);
  } catch {
    return false;
  }
  await closeServer(probe);
  return true;
}

async function findFree(from: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = from; port < from + attempts; port += 1) {
    if (port !== refusedByFetch && !taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`No port from ${from} to ${from + attempts - 1} is free on 127.0.0.1.`);
}

/** Takes the preferred ports, or the next free one of each. `moved` has a sentence for each that was taken. */
export async function choosePorts(): Promise<{ readonly ports: DemoPorts; readonly moved: readonly string[] }> {
  // A port that another listener of the demo prefers is left to it.
  const reserved = new Set<number>(Object.values(preferredPorts));
  const moved: string[] = [];
  const choose = async (preferred: number) => {
    reserved.delete(preferred);
    const port = await findFree(preferred, reserved);
    reserved.add(port);
    if (port !== preferred) moved.push(`Port ${preferred} is taken; ${port} is used in its place.`);
    return port;
  };
  const ports = {
    plain: await choose(preferredPorts.plain),
    tls: await choose(preferredPorts.tls),
    admin: await choose(preferredPorts.admin),
    provider: await choose(preferredPorts.provider),
  };
  return { ports, moved };
}
