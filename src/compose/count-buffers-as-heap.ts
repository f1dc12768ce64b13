import process from 'node:process';
import { setFlagsFromString } from 'node:v8';

/** The V8 of Node 24: the flag below is of this one. */
const knownVersion = '13.';

/**
 * Lets buffers count as a part of the heap when V8 decides whether to collect all of it. By itself it does so each time that 64 MB
 * of buffers were made since the last time, which is every few dozen answers of 1 MB, however short they lived: that was
 * about half of what forwarding such an answer cost, and more the larger the heap. Buffers that die young go with the young
 * generation. For processes of ours: one that somebody else's application runs in is not ours to tune.
 */
export function countBuffersAsHeap(
  v8Version: string = process.versions.v8,
  setFlags: (flags: string) => void = setFlagsFromString,
): void {
  // V8 complains of flags that it does not know on the standard error.
  if (v8Version.startsWith(knownVersion)) setFlags('--external-memory-accounted-in-global-limit');
}
