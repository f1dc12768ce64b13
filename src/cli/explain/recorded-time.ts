import { formatDuration } from '../../config/values/duration.ts';
import type { Wording } from '../../policy/conditions/condition-words.ts';

/** `2025-06-11 14:02:11 +02:00`, on the clock of whoever asks. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const offset = -date.getTimezoneOffset();
  const shifted = new Date(ms + offset * 60_000).toISOString();
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)} ${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
}

/** `13:58`; on another day than `nearMs`, with the day. */
export function clockTime(ms: number, nearMs?: number): string {
  const text = localTime(ms);
  const isFar = nearMs !== undefined && Math.abs(nearMs - ms) > 12 * 3_600_000;
  return isFar ? text.slice(0, 16) : text.slice(11, 16);
}

/** `4 min before`; `at the time` of what is no second old. */
export function ageBefore(ms: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - ms) / 1000);
  if (seconds < 0) return 'after it';
  if (seconds < 1) return 'at the time';
  if (seconds < 60) return `${seconds} s before`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min before`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h before` : `${Math.floor(hours / 24)} days before`;
}

/** How explanations of facts write times. */
export const wording: Wording = { duration: formatDuration, clockTime, ageBefore };
