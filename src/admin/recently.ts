/** How long an answer is good for. A flood of questions costs one answer a second. */
const goodForMs = 1_000;

/** Asks at most once a second; in between everybody gets the same answer. @param monotonicMs a clock that nobody sets */
export function recently<Answer>(ask: () => Promise<Answer>, monotonicMs: () => number): () => Promise<Answer> {
  let latest: { readonly atMs: number; readonly answer: Promise<Answer> } | undefined;
  return () => {
    const nowMs = monotonicMs();
    if (latest === undefined || nowMs - latest.atMs >= goodForMs) latest = { atMs: nowMs, answer: ask() };
    return latest.answer;
  };
}
