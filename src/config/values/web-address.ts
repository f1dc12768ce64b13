import { canonicalDomain, canonicalEmail } from '../../policy/canonical-email.ts';
import { isLoopback } from './listen-address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

function readUrl(text: string): URL | undefined {
  // Without this a URL may lack its slashes, have other ones, or have line breaks that are dropped.
  if (!/^[a-z]+:\/\/[^/]/i.test(text) || /[\s\\]/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

function isWeb(url: URL | undefined): url is URL {
  return url?.protocol === 'https:' || url?.protocol === 'http:';
}

function hasExtras(url: URL, text: string): boolean {
  return url.username !== '' || url.password !== '' || text.includes('?') || text.includes('#') || text.includes('@');
}

/** Hosts that mean this machine, where plain HTTP crosses no network. */
function isThisMachine(hostname: string): boolean {
  return isLoopback(hostname) || hostname === 'localhost' || hostname.endsWith('.localhost');
}

function hasUsableHost(url: URL): boolean {
  return canonicalDomain(url.hostname) === url.hostname || /^[\d.]+$|^\[.*\]$/.test(url.hostname);
}

/** What to write for a host without a scheme, or with one that is not of the web (`h2c://app:8080`). */
function withScheme(text: string): string | undefined {
  const host = /^(?:[a-z0-9+.-]+:\/\/)?([\w.-]+(?::\d{1,5})?)\/?$/i.exec(text)?.[1];
  return host !== undefined && URL.canParse(`https://${host}`) ? `write https://${host}` : undefined;
}

/** Reads the origin of a route, `https://app.corp.example[:port]`: exact hosts only, no path. */
export function parseRouteOrigin(text: string): Parsed<URL> {
  const example = 'write it like https://app.corp.example';
  const url = readUrl(text);
  if (url === undefined) return refuse('P015', 'is not an origin', withScheme(text) ?? example);
  if (url.protocol !== 'https:') {
    return refuse('P015', 'is not an https origin', `people reach Postern over TLS: write https://${url.host}`);
  }
  if (hasExtras(url, text)) return refuse('P015', 'is more than an origin', `write https://${url.host}`);
  if (url.hostname.includes('*')) return refuse('P015', 'has a wildcard', 'give each host a route of its own');
  if (url.hostname.endsWith('.')) return refuse('P015', 'ends in a dot', 'leave out the dot after the host name');
  if (!hasUsableHost(url)) return refuse('P015', 'has a host that is not a DNS name', example);
  if (url.pathname !== '/' || text.endsWith('/')) {
    return refuse('P015', 'has a path', `write https://${url.host}, and the path under "prefix" or "path"`);
  }
  return accept(url);
}

export type Upstream = { readonly kind: 'next' } | { readonly kind: 'url'; readonly url: URL };

/** Reads where a route forwards to: an http or https origin, or the word `next` for the package. */
export function parseUpstream(text: string): Parsed<Upstream> {
  if (text === 'next') return accept({ kind: 'next' });
  const example = 'write it like https://10.20.0.5:8443';
  const url = readUrl(text);
  if (!isWeb(url)) {
    return refuse('P015', 'is not the URL of an upstream', withScheme(text) ?? example);
  }
  if (hasExtras(url, text)) return refuse('P015', 'is more than an origin', `write ${url.protocol}//${url.host}`);
  if (!hasUsableHost(url)) return refuse('P015', 'has a host that is not a DNS name', example);
  if (url.port === '0') return refuse('P015', 'has no valid port', example);
  if (url.pathname !== '/') {
    return refuse(
      'P015',
      'has a path',
      `write ${url.protocol}//${url.host}: the path of the request is forwarded as it is`,
    );
  }
  return accept({ kind: 'url', url });
}

/** Reads the issuer of a provider: https, or http on this machine. Kept as written, since `iss` is compared text by text. */
export function parseIssuer(text: string): Parsed<string> {
  const url = readUrl(text);
  if (!isWeb(url) || hasExtras(url, text)) {
    return refuse(
      'P015',
      'is not an issuer',
      'write the URL that the provider names as its issuer, for example https://idp.corp.example',
    );
  }
  if (url.protocol !== 'https:' && !isThisMachine(url.hostname)) {
    return refuse(
      'P015',
      'is not https',
      `write https://${url.host}; plain http is only for a provider on this machine`,
    );
  }
  const document = text.indexOf('/.well-known/');
  if (document !== -1) {
    return refuse('P015', 'is the address of a document, not an issuer', `write ${text.slice(0, document)}`);
  }
  return accept(text);
}

/** Reads the address of an API that is asked: https, or http on this machine. A query is kept. */
export function parseApiAddress(text: string): Parsed<string> {
  const url = readUrl(text);
  if (!isWeb(url) || url.username !== '' || url.password !== '' || url.hash !== '') {
    return refuse(
      'P015',
      'is not the address of an API',
      'write a URL without a name, a password and a fragment, for example https://fleet.corp.example',
    );
  }
  if (url.protocol !== 'https:' && !isThisMachine(url.hostname)) {
    return refuse('P015', 'is not https', `write https://${url.host}; plain http is only for this machine`);
  }
  return accept(url.href);
}

/** Reads an origin that may read answers across origins. */
export function parseCorsOrigin(text: string): Parsed<string> {
  if (text === '*') return accept(text);
  const example = 'write the exact origin, for example https://portal.corp.example';
  const url = readUrl(text);
  if (!isWeb(url)) return refuse('P015', 'is not an origin', example);
  if (url.hostname.includes('*') || !hasUsableHost(url)) return refuse('P015', 'is not one exact origin', example);
  if (hasExtras(url, text) || url.pathname !== '/' || text.endsWith('/')) {
    return refuse('P015', 'is more than an origin', `write ${url.origin}`);
  }
  if (url.protocol !== 'https:' && !isThisMachine(url.hostname)) {
    return refuse(
      'P015',
      'is not https',
      `whoever is on the network could then read answers: write https://${url.host}`,
    );
  }
  return accept(url.origin);
}

/** Reads a link that a page shows. Anything but http and https (`javascript:`) would run in the reader's page. */
export function parseLink(text: string): Parsed<string> {
  const url = readUrl(text);
  if (!isWeb(url) || url.username !== '' || url.password !== '') {
    return refuse('P015', 'is not a link that a page may show', 'write a URL that begins with https:// or http://');
  }
  return accept(url.href);
}

/** Reads where people find help: a link, or an e-mail address with or without `mailto:`. */
export function parseContact(text: string): Parsed<string> {
  const link = parseLink(text);
  if (link.ok) return link;
  const address = canonicalEmail(text.replace(/^mailto:/i, ''));
  if (address !== undefined) return accept(address);
  return refuse('P015', 'is neither a link nor an e-mail address', 'write https://… or an address: help@corp.example');
}
