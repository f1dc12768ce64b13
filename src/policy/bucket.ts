import { hash } from 'node:crypto';

/**
 * Where somebody falls in the staged rollout of a rule: 0 to 99, always the same for the same rule and key, and
 * independent between rules. The first eight hexadecimal digits of SHA-256 over `route/rule:key`, modulo 100.
 */
export function bucketOf(route: string, rule: string, key: string): number {
  return Number.parseInt(hash('sha256', `${route}/${rule}:${key}`, 'hex').slice(0, 8), 16) % 100;
}
