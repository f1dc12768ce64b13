import ipaddr from 'ipaddr.js';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';

/** Counts what one address does. In memory of one worker: a brake on floods, not a rule. */
export interface Limiter {
  /** `undefined` when there is room; else the seconds to wait. */
  take(key: string): Promise<number | undefined>;
}

/** Builds a limiter of so many points in so many seconds. */
export function createLimiter(points: number, seconds: number): Limiter {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
        return undefined;
      } catch (rejected) {
        // It rejects with its counters when the points are used up, and with an error for nothing else in memory.
        const waitMs: unknown = Reflect.get(Object(rejected), 'msBeforeNext');
        if (typeof waitMs !== 'number') throw rejected;
        return Math.max(1, Math.ceil(waitMs / 1000));
      }
    },
  };
}

/** Whom an address stands for: itself, or the /64 of an IPv6 address, all of which one client can use. */
export function limitKeyOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(':');
}
