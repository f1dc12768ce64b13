import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../decision/fault.ts';
import type { Refused } from '../check-configuration.ts';
import type { LoadPorts } from '../source/dereference.ts';
import type { CheckOrder, FromChecker, HeadParcel, RouteParcel, ToChecker } from './messages.ts';

/** A thread that checks one configuration. */
export interface Checker {
  /** What came of the check. Rejects with `Fault('config_invalid')` when the thread ended before it could say. */
  result(): Promise<Refused | { readonly outcome: 'sound'; readonly parcel: HeadParcel }>;
  /** The next few routes of a sound configuration. */
  nextRoutes(): Promise<readonly RouteParcel[]>;
  close(): Promise<void>;
}

/** The built program has a .js file beside this one, the sources a .ts file. */
const script = fileURLToPath(
  new URL(`./check-in-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** Starts the thread. Files are read through the ports of this side, whenever the thread asks for one. */
export function startChecker(order: CheckOrder, readFile: LoadPorts['readFile']): Checker {
  // The thread gets what it needs by hand; the environment of the process is not repeated in it.
  const worker = new Worker(script, {
    workerData: order,
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const tell = (message: ToChecker) => worker.postMessage(message);
  const inbox: Exclude<FromChecker, { kind: 'read' }>[] = [];
  let wake: (() => void) | undefined;
  let ended: string | undefined;

  const read = async ({ id, path, maxBytes }: Extract<FromChecker, { kind: 'read' }>): Promise<void> => {
    try {
      tell({ kind: 'bytes', id, bytes: await readFile(path, maxBytes) });
    } catch (thrown) {
      const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : 'UNKNOWN';
      tell({ kind: 'failed', id, code });
    }
  };

  worker.on('message', (message: FromChecker) => {
    if (message.kind === 'read') void read(message);
    else {
      inbox.push(message);
      wake?.();
    }
  });
  worker.on('error', (thrown: unknown) => {
    const isOutOfMemory =
      typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY';
    ended = isOutOfMemory ? 'it took more memory than there is' : 'the check broke';
    wake?.();
  });
  worker.on('exit', () => {
    ended ??= 'the check ended before its time';
    wake?.();
  });

  const receive = async (): Promise<Exclude<FromChecker, { kind: 'read' }>> => {
    for (;;) {
      const message = inbox.shift();
      if (message !== undefined) return message;
      if (ended !== undefined) throw new Fault('config_invalid', `The configuration could not be checked: ${ended}.`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  return {
    result: async () => {
      const message = await receive();
      if (message.kind === 'refused') return message.result;
      if (message.kind === 'sound') return { outcome: 'sound', parcel: message.parcel };
      throw new Fault('config_invalid', 'The configuration could not be checked: routes came before the result.');
    },
    nextRoutes: async () => {
      tell({ kind: 'next' });
      const message = await receive();
      return message.kind === 'routes' ? message.routes : [];
    },
    close: async () => {
      if (ended !== undefined) return;
      const exit = once(worker, 'exit');
      await worker.terminate();
      await exit;
    },
  };
}
