import { accept, type Parsed, refuse } from './parsed.ts';

const unitBytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
type Unit = keyof typeof unitBytes;

const shape = /^(\d{1,9})(B|KiB|MiB|GiB|TiB)$/;
const nearMiss = /^\s*(\d{1,9})\s*([kmgt]?)i?b?\s*$/i;

/** Reads `16KiB` as bytes. Only binary units, since KB means two different things. */
export function parseByteSize(text: string, minBytes: number, maxBytes: number): Parsed<number> {
  const match = shape.exec(text);
  if (match === null) {
    const near = nearMiss.exec(text);
    const unit = near?.[2] === undefined || near[2] === '' ? 'B' : `${near[2].toUpperCase()}iB`;
    const close = near === null ? 'for example 16KiB' : `${near[1]}${unit}`;
    return refuse('P013', 'is not a size', `write ${close} (units: B, KiB, MiB, GiB, TiB)`);
  }
  const bytes = Number(match[1]) * unitBytes[match[2] as Unit];
  if (bytes < minBytes) return refuse('P013', 'is too small', `the least is ${formatByteSize(minBytes)}`);
  if (bytes > maxBytes) return refuse('P013', 'is too large', `the most is ${formatByteSize(maxBytes)}`);
  return accept(bytes);
}

/** Writes bytes in the largest unit that divides them. */
export function formatByteSize(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'] as const) {
    if (bytes >= unitBytes[unit] && bytes % unitBytes[unit] === 0) return `${bytes / unitBytes[unit]}${unit}`;
  }
  return `${bytes}B`;
}
