import type { Listener } from '../server/listener.ts';

/** Where a started program listens. */
export interface Addresses {
  /** The port of the first TLS listener, as people type it; `undefined` for a middleware. */
  readonly tlsPort: number | undefined;
  readonly plainPort: number | undefined;
  readonly adminPort: number | undefined;
}

/** What a program does at its beginning and at its end, in this order. */
export interface LifecycleSteps {
  /** Writes the start down. A start that cannot be recorded, where it must be, is none. */
  recordStart(): Promise<void>;
  openAdmin(): Promise<Listener | undefined>;
  /** `undefined` in somebody else's server, which has its own listeners. */
  openPublic(adminPort: number | undefined): Promise<
    | {
        readonly all: readonly Listener[];
        readonly tlsPort: number | undefined;
        readonly plainPort: number | undefined;
      }
    | undefined
  >;
  drain(listeners: readonly Listener[]): Promise<void>;
  /** Ends what works in the background, writes what is not yet written, closes the state. */
  endParts(hasStarted: boolean): Promise<void>;
}

/** How far a program is in its life. */
export interface Lifecycle {
  isServing(): boolean;
  /** True once draining has begun. */
  isDraining(): boolean;
  /** True once the parts are closed: nothing can be judged any more. */
  isClosed(): boolean;
  addresses(): Addresses;
  /** The public listeners that are open. */
  listeners(): readonly Listener[];
  start(steps: LifecycleSteps): Promise<Addresses>;
  close(steps: LifecycleSteps): Promise<void>;
}

/** A program's life, from binding its listeners to closing its state. */
export function createLifecycle(): Lifecycle {
  let isDraining = false;
  let isServing = false;
  let isClosed = false;
  let hasStarted = false;
  let addresses: Addresses = { tlsPort: undefined, plainPort: undefined, adminPort: undefined };
  let listeners: readonly Listener[] = [];
  let adminListener: Listener | undefined;
  let closing: Promise<void> | undefined;

  function close(steps: LifecycleSteps): Promise<void> {
    closing ??= end(steps);
    return closing;
  }

  async function end(steps: LifecycleSteps): Promise<void> {
    isDraining = true;
    await steps.drain(listeners);
    // Last, so that a probe reads "not ready" and metrics can be fetched while requests finish.
    if (adminListener !== undefined) {
      const closed = adminListener.stopAccepting();
      adminListener.cut();
      await closed;
    }
    isClosed = true;
    await steps.endParts(hasStarted);
  }

  return {
    isServing: () => isServing && !isDraining,
    isDraining: () => isDraining,
    isClosed: () => isClosed,
    addresses: () => addresses,
    listeners: () => listeners,
    async start(steps) {
      try {
        await steps.recordStart();
        hasStarted = true;
        adminListener = await steps.openAdmin();
        const open = await steps.openPublic(adminListener?.port);
        listeners = open?.all ?? [];
        isServing = true;
        addresses = { tlsPort: open?.tlsPort, plainPort: open?.plainPort, adminPort: adminListener?.port };
        return addresses;
      } catch (thrown) {
        await close(steps);
        throw thrown;
      }
    },
    close,
  };
}
