import { basename, dirname } from 'node:path';
import { findOpenings } from '../openings/find-openings.ts';
import type { Snapshot } from '../snapshot.ts';
import { testFileEnding, testFilesOf } from '../tryout/load-test-files.ts';
import type { FileFingerprints } from './reload.ts';
import type { WholeFiles } from './whole-files.ts';

/** Why a candidate does not run yet. */
export interface HeldBack {
  /** What it may open, in words. */
  readonly opens: readonly string[];
  /** When to ask again; `undefined`: waiting alone changes nothing. */
  readonly retryAfterMs: number | undefined;
}

/** Keeps half of a file from opening what the other half closes. */
export interface HoldBack {
  /** These run now: whatever comes next is compared with them. @param isSaidToBeWhole by somebody who asked for it */
  settle(files: FileFingerprints, isSaidToBeWhole: boolean): void;
  /**
   * Why the candidate must wait; `undefined`: it only closes, or its files are whole.
   * @param changed what was read of the files that differ from those that run
   */
  judge(candidate: Snapshot, running: Snapshot, changed: FileFingerprints): Promise<HeldBack | undefined>;
}

/** @param ownPath of the configuration: what else it names (secrets, certificates) is waited for whatever it says. */
export function createHoldBack(ownPath: string, whole: WholeFiles): HoldBack {
  // Nobody waits for a look at files that run already; whoever judges the next ones does.
  let settling: Promise<void> = Promise.resolve();
  return {
    settle(files, isSaidToBeWhole) {
      settling = settling.then(() => whole.settle(files, isSaidToBeWhole));
    },
    async judge(candidate, running, changed) {
      await settling;
      const named = [...changed.keys()].filter((path) => path !== ownPath && !isOfTests(path));
      const opens = [
        ...named.map((path) => `${basename(path)} has another content`),
        ...(await findOpenings(candidate, running)),
      ];
      // Asked in any case: how long a file has been as it is counts from the first look.
      const waitMs = await whole.waitMs(changed);
      if (opens.length === 0 || waitMs === 0) return undefined;
      return { opens, retryAfterMs: Number.isFinite(waitMs) ? waitMs : undefined };
    },
  };
}

function isOfTests(path: string): boolean {
  return path.endsWith(testFileEnding) || path === testFilesOf(dirname(path));
}
