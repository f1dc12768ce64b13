/** What a person must know about one place of the file: `note`: said in another way, or stricter; `left_out`: not said; `replace`: to be filled in. */
export interface Remark {
  readonly kind: 'note' | 'left_out' | 'replace';
  /** A whole sentence. */
  readonly text: string;
}

/** A rule, with the keys that Postern has for it. */
export interface DraftRule {
  readonly effect: 'allow' | 'deny';
  readonly id: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly remarks: readonly Remark[];
}

/** A route. A public one has no grants. */
export interface DraftRoute {
  readonly name: string;
  /** An origin: `https://wiki.corp.example`. */
  readonly from: string;
  readonly place: { readonly prefix?: string; readonly path?: string; readonly regex?: string };
  readonly to: readonly string[];
  readonly isPublic: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rules: readonly DraftRule[];
  readonly remarks: readonly Remark[];
}

/** An identity provider, with the keys that Postern has for it. */
export interface DraftProvider {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly remarks: readonly Remark[];
}

/** A configuration that another product's file was read as. What could not be said is in its remarks, never in nothing. */
export interface Draft {
  readonly product: string;
  readonly server: Readonly<Record<string, unknown>>;
  readonly serverRemarks: readonly Remark[];
  readonly session: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, readonly string[]>>;
  readonly providers: readonly DraftProvider[];
  readonly routes: readonly DraftRoute[];
  /** About the file as a whole. */
  readonly remarks: readonly Remark[];
}

/** Thrown where a file is not what the command was told it is. The message is for the person. */
export class NotImportable extends Error {
  readonly code = 'NOT_IMPORTABLE';
}

/** A remark about what is said in another way, or stricter. */
export function note(text: string): Remark {
  return { kind: 'note', text };
}

/** A remark about what is not said. */
export function leftOut(text: string): Remark {
  return { kind: 'left_out', text };
}

/** A remark about what a person must fill in. */
export function replace(text: string): Remark {
  return { kind: 'replace', text };
}

/** Gives out names that are unique and fit for records: `wiki`, `wiki-2`. */
export function createNames(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    const plain = wanted
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
      .slice(0, 56);
    const base = plain === '' ? 'unnamed' : plain;
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
    taken.add(name);
    return name;
  };
}

/** A grant that stands in the file and never acts; a denial stays what it is. */
export function switchedOff(rule: DraftRule): DraftRule {
  return rule.effect === 'deny' ? rule : { ...rule, keys: { ...rule.keys, mode: 'off' } };
}

/** Names of networks, one for the same addresses. */
export interface NetworkNames {
  readonly all: Readonly<Record<string, readonly string[]>>;
  nameFor(networks: readonly string[]): string;
}

/** @param named networks that have a name already */
export function createNetworks(named: Readonly<Record<string, readonly string[]>> = {}): NetworkNames {
  const all: Record<string, readonly string[]> = {};
  const nameOf = createNames();
  const withSame = (some: Readonly<Record<string, readonly string[]>>, networks: readonly string[]) =>
    Object.entries(some).find(([, others]) => others.join() === networks.join())?.[0];
  return {
    all,
    nameFor(networks) {
      const known = withSame(all, networks);
      if (known !== undefined) return known;
      const name = nameOf(withSame(named, networks) ?? `network-${Object.keys(all).length + 1}`);
      all[name] = networks;
      return name;
    },
  };
}

/** The certificates that a file of another product says nothing of. */
export const placeholderTls = { certificate: 'certs/server.crt', key: 'certs/server.key' } as const;
/** What stands before them. */
export const certificateRemark = replace('Put the certificate of all hosts of this file here, and its key.');

/** Where an upstream is not known: a name that can never be resolved (RFC 6761). */
export const placeholderUpstream = 'https://upstream.invalid';
