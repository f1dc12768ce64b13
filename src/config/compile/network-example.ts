import type { NetworkExample } from '../tryout/policy-test.ts';
import type { Network } from '../values/network.ts';

/** An address of each named network, and which other named networks have addresses in common with it. */
export function compileNetworkExamples(
  defined: Readonly<Record<string, readonly Network[]>>,
): ReadonlyMap<string, NetworkExample> {
  const networks = Object.entries(defined);
  return new Map(
    networks.flatMap(([name, [first, ...rest]]) => {
      if (first === undefined) return [];
      const overlaps = networks
        .filter(
          ([other, theirs]) => other !== name && [first, ...rest].some((one) => theirs.some((two) => meet(one, two))),
        )
        .map(([other]) => other);
      return [[name, { address: first[0].toString(), overlaps }]];
    }),
  );
}

function meet([one, oneBits]: Network, [other, otherBits]: Network): boolean {
  if (one.kind() !== other.kind()) return false;
  return one.match([other, Math.min(oneBits, otherBits)]);
}
