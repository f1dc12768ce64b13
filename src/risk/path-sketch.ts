import { type Episode, laterEpisode } from './episode.ts';

/** Bits of the sketch: counts about 3,000 different paths within a few percent, more than that as very many. */
const bitCount = 2048;
const slotMs = 15 * 60_000;

/**
 * How many different paths a quarter of an hour brought, without keeping any of them: each path sets one bit of a fixed
 * field, and the zeros that are left tell how many there were (linear counting; Whang, Vander-Zanden and Taylor 1990).
 * Two processes' fields are joined by OR.
 */
export interface PathSketch {
  /** Quarter of an hour of the epoch that the bits belong to. */
  slot: number;
  readonly bits: Uint8Array;
  /** How many bits are set. */
  ones: number;
  episode: Episode | undefined;
}

export function emptySketch(): PathSketch {
  return { slot: 0, bits: new Uint8Array(bitCount / 8), ones: 0, episode: undefined };
}

export function slotAt(nowMs: number): number {
  return Math.floor(nowMs / slotMs);
}

/** Notes a path in the slot that the sketch stands in; true when it set a bit that was not set. */
export function notePath(sketch: PathSketch, path: string): boolean {
  const bit = hash(path) % bitCount;
  const index = bit >>> 3;
  const before = sketch.bits[index] ?? 0;
  const after = before | (1 << (bit & 7));
  if (after === before) return false;
  sketch.bits[index] = after;
  sketch.ones += 1;
  return true;
}

/** About how many different paths set these bits. */
export function countPaths({ ones }: Pick<PathSketch, 'ones'>): number {
  const zeros = Math.max(1, bitCount - ones);
  return Math.round(-bitCount * Math.log(zeros / bitCount));
}

/** Puts a field of bits in place of another, of the same slot or a later one. */
export function setBits(sketch: PathSketch, slot: number, bits: Uint8Array): void {
  sketch.slot = slot;
  sketch.bits.set(bits.subarray(0, sketch.bits.length));
  sketch.ones = 0;
  for (let byte of sketch.bits) for (; byte !== 0; byte &= byte - 1) sketch.ones += 1;
}

/** No paths, in a slot. */
export function clearBits(sketch: PathSketch, slot: number): void {
  sketch.slot = slot;
  sketch.bits.fill(0);
  sketch.ones = 0;
}

/** Joins what another process saw, in place: the later slot holds; of the same slot, both. */
export function absorbSketch(mine: PathSketch, other: PathSketch): void {
  if (other.slot > mine.slot) setBits(mine, other.slot, other.bits);
  else if (other.slot === mine.slot) {
    setBits(
      mine,
      mine.slot,
      mine.bits.map((byte, index) => byte | (other.bits[index] ?? 0)),
    );
  }
  mine.episode = laterEpisode(mine.episode, other.episode);
}

/** Brings a slot in the future back to now, empty. */
export function tameSlot(sketch: PathSketch, nowMs: number): void {
  const slot = slotAt(nowMs);
  if (sketch.slot > slot) clearBits(sketch, slot);
}

/** FNV-1a, 32 bits, of the first 256 characters: spreads paths, keeps no secret. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  const length = Math.min(text.length, 256);
  for (let index = 0; index < length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return (state ^ (state >>> 15)) >>> 0;
}
