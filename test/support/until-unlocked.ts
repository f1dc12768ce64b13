/** Another process may hold the lock of the state for longer than a call waits for it; nothing was written then: once more. */
export async function untilUnlocked<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (Object(thrown).code !== 'state_unavailable') throw thrown;
    }
  }
}
