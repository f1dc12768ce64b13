import type { HttpBrowser } from './http-browser.ts';

/** Requests that go on beside something else. */
export interface SteadyLoad {
  /** Resolves once so many more were answered: what happens next happens under load. */
  passed(count: number): Promise<void>;
  /** Ends it; answers how many requests there were, and each answer that was no 200. */
  stop(): Promise<{ readonly requests: number; readonly failures: readonly string[] }>;
}

/** Asks for a page again and again, `lanes` at a time, as a browser that is signed in. */
export function startLoad(browser: HttpBrowser, url: string, lanes = 2): SteadyLoad {
  const failures: string[] = [];
  const waiting = new Set<() => void>();
  let requests = 0;
  let isStopping = false;
  const lane = async (): Promise<void> => {
    while (!isStopping) {
      try {
        const { status, body } = await browser.send(url);
        if (status !== 200) failures.push(`${status} ${body.slice(0, 200)}`);
      } catch (thrown) {
        failures.push(String(thrown));
      }
      requests += 1;
      for (const look of waiting) look();
    }
  };
  const all = Array.from({ length: lanes }, lane);
  return {
    passed: (count) =>
      new Promise((resolve) => {
        const wanted = requests + count;
        const look = () => {
          if (requests < wanted) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      }),
    async stop() {
      isStopping = true;
      await Promise.all(all);
      return { requests, failures };
    },
  };
}
