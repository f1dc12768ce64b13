import process from 'node:process';

/** Milliseconds of the clock that all processes of a machine share and nobody sets (CLOCK_MONOTONIC). */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
