/** Where an app names its own address: RFC 9110 sections 8.7 and 10.2.2, and what browsers have from old. */
const naming: ReadonlySet<string> = new Set(['location', 'content-location', 'refresh', 'set-cookie']);

/** What an app calls itself, and what people call it. */
export interface OuterAddress {
  /** Hosts with and without their ports, in lower case. */
  readonly innerHosts: ReadonlySet<string>;
  /** `https://wiki.corp.example:8443` */
  readonly origin: string;
  /** What becomes of a path on the way to the app: undone here. Absent: nothing. */
  readonly rewrite?: { readonly strip: string; readonly add: string } | undefined;
}

/** A header of an app's answer with the outer address in the place of the inner one. What names neither stays as it is. */
export function withOuterAddress(name: string, value: string, address: OuterAddress): string {
  if (!naming.has(name)) return value;
  if (name === 'set-cookie') return withoutInnerDomain(value, address);
  if (name !== 'refresh') return outerUrl(value, address);
  // Without the spaces behind it, which a pattern would look for at every place of a long one.
  const [, before, quote = '', url] = /^(\s*[0-9.]+\s*[;,]\s*url\s*=\s*)(["']?)(.*)\2$/i.exec(value.trimEnd()) ?? [];
  if (before === undefined || url === undefined) return value;
  return before + quote + outerUrl(url, address) + quote;
}

/** What a browser takes for `//host`: to it a backslash is a slash, and a tab is nothing (WHATWG URL, section 4.4). */
const namesHost = /^\/\t*[\\/]/;

/** Always a whole URL: of `https://inner//evil.example` the path alone would be another host's address. */
function outerUrl(url: string, { innerHosts, origin, rewrite }: OuterAddress): string {
  if (/^\/(?![\\/])/.test(url)) {
    const path = outerPath(url, rewrite);
    return path !== url && namesHost.test(path) ? origin + path : path;
  }
  const [, host, rest = ''] = /^(?:https?:)?[\\/]{2}([^\\/?#@]*)([\\/?#].*)?$/i.exec(url.trim()) ?? [];
  if (host === undefined || !innerHosts.has(host.toLowerCase())) return url;
  return origin + outerPath(rest === '' || rest.startsWith('/') ? rest : `/${rest}`, rewrite);
}

function outerPath(path: string, rewrite: OuterAddress['rewrite']): string {
  if (rewrite === undefined) return path;
  const { strip, add } = rewrite;
  const isUnder = add === '' || path === add || ['/', '?', '#'].some((next) => path.startsWith(add + next));
  if (!isUnder) return path;
  const rest = path.slice(add.length);
  return strip === '' && !rest.startsWith('/') ? `/${rest}` : strip + rest;
}

/** A cookie for the inner host would be refused by every browser; without a domain it is for the host that is asked. */
function withoutInnerDomain(cookie: string, { innerHosts }: OuterAddress): string {
  const parts = cookie.split(';');
  const kept = parts.filter((part, at) => {
    const [attribute = '', domain = ''] = part.split('=').map((text) => text.trim().toLowerCase());
    return at === 0 || attribute !== 'domain' || !innerHosts.has(domain.replace(/^\./, ''));
  });
  return kept.length === parts.length ? cookie : kept.join(';');
}
