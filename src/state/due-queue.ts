/** Names that are due at some time, by the second, so that nobody walks all that wait to find those that are due. */
export interface DueQueue<Name> {
  add(name: Name, dueAtMs: number): void;
  /** Takes out what is due by now. A name that was added twice is there twice. */
  take(nowMs: number): readonly Name[];
}

/** @param mostDelayMs nothing is due later than this; what seems to be was added before the clock was set back, and is due. */
export function createDueQueue<Name>(mostDelayMs: number): DueQueue<Name> {
  const bySecond = new Map<number, Name[]>();
  return {
    add(name, dueAtMs) {
      const second = Math.ceil(dueAtMs / 1_000);
      const names = bySecond.get(second);
      if (names === undefined) bySecond.set(second, [name]);
      else names.push(name);
    },
    take(nowMs) {
      const due: Name[] = [];
      const [now, latest] = [Math.floor(nowMs / 1_000), Math.ceil((nowMs + mostDelayMs) / 1_000)];
      for (const [second, names] of bySecond) {
        if (second > now && second <= latest) continue;
        bySecond.delete(second);
        for (const name of names) due.push(name);
      }
      return due;
    },
  };
}
