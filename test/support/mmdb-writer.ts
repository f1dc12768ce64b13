import ipaddr from 'ipaddr.js';

/** What a made-up database says of a network. Not a real place on any map. */
export type MadeUpRecord = { readonly [key: string]: string | number | MadeUpRecord };

/**
 * Writes a small database in the MaxMind format (MaxMind DB File Format 2.0): a fake data file for tests, since no
 * library writes what `mmdb-lib` reads.
 */
export function writeMmdb(records: Readonly<Record<string, MadeUpRecord>>): Buffer {
  const nodes: [number | undefined, number | undefined][] = [[undefined, undefined]];
  const data: Buffer[] = [];
  const leaves = new Map<number, Map<0 | 1, number>>();
  let dataLength = 0;

  for (const [cidr, record] of Object.entries(records)) {
    const bits = bitsOf(cidr);
    let node = 0;
    for (const bit of bits.slice(0, -1)) {
      const pair = nodes[node] ?? [undefined, undefined];
      let next = pair[bit];
      if (next === undefined) {
        next = nodes.push([undefined, undefined]) - 1;
        pair[bit] = next;
      }
      node = next;
    }
    const sides = leaves.get(node) ?? new Map<0 | 1, number>();
    sides.set(bits.at(-1) ?? 0, dataLength);
    leaves.set(node, sides);
    const encoded = encode(record);
    data.push(encoded);
    dataLength += encoded.length;
  }

  const tree = Buffer.alloc(nodes.length * 6);
  for (const [index, pair] of nodes.entries()) {
    for (const side of [0, 1] as const) {
      const offset = leaves.get(index)?.get(side);
      const value = offset === undefined ? (pair[side] ?? nodes.length) : nodes.length + 16 + offset;
      tree.writeUIntBE(value, index * 6 + side * 3, 3);
    }
  }
  const metadata = encode({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 6,
    database_type: 'Made-Up',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_767_225_600,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

/** IPv4 lies under ::/96. */
function bitsOf(cidr: string): readonly (0 | 1)[] {
  const [address, length] = ipaddr.parseCIDR(cidr);
  const isFour = address.kind() === 'ipv4';
  const bytes = [...(isFour ? Array<number>(12).fill(0) : []), ...address.toByteArray()];
  const all = bytes.flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((shift): 0 | 1 => (((byte >> shift) & 1) === 1 ? 1 : 0)),
  );
  return all.slice(0, length + (isFour ? 96 : 0));
}

function encode(value: string | number | MadeUpRecord): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return Buffer.concat([control(6, 4), bytes]);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, one]) => [encode(key), encode(one)])]);
}

function control(type: number, size: number): Buffer {
  if (size < 29) return Buffer.from([(type << 5) | size]);
  return Buffer.from([(type << 5) | 29, size - 29]);
}
