/** The clock of this whole process, Postern and provider alike, set forward at will; it goes on ticking. */
export interface ShiftedClock {
  readonly now: () => number;
  advance(ms: number): void;
  restore(): void;
}

/** Installs it. Call before anything that keeps `Date.now`; TLS itself goes by the machine's clock. */
export function shiftClock(): ShiftedClock {
  const RealDate = globalThis.Date;
  let aheadMs = 0;
  const now = () => RealDate.now() + aheadMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values) => Reflect.construct(target, values.length === 0 ? [now()] : values),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  return {
    now,
    advance: (ms) => {
      aheadMs += ms;
    },
    restore: () => {
      globalThis.Date = RealDate;
    },
  };
}
