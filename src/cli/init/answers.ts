import { accept, type Parsed, refuse } from '../../config/values/parsed.ts';
import { parseUpstream } from '../../config/values/web-address.ts';
import { canonicalDomain, canonicalEmail } from '../../policy/canonical-email.ts';
import { type ProviderName, providerNames } from './provider-presets.ts';

/** Who may open the first app. All lists empty: everyone who can sign in. */
export interface Allowed {
  readonly groups: readonly string[];
  readonly emails: readonly string[];
  readonly domains: readonly string[];
}

/** What a first configuration is made of. */
export interface Answers {
  /** The apps are its children, and so is `auth`, the sign-in host. */
  readonly domain: string;
  readonly provider: ProviderName;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Name of the first app, and the label of its host. */
  readonly app: string;
  readonly upstream: URL;
  readonly allowed: Allowed;
  readonly breakGlass: readonly string[];
  readonly listenPort: number;
  /** What people type. */
  readonly publicPort: number;
  /** Of the admin listener, on this machine. */
  readonly adminPort: number;
  /** Files that are there already; `undefined`: a development certificate is made. */
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
}

/** The sign-in host. */
export function authHostOf({ domain }: Pick<Answers, 'domain'>): string {
  return `auth.${domain}`;
}

export function appHostOf({ domain, app }: Pick<Answers, 'domain' | 'app'>): string {
  return `${app}.${domain}`;
}

/** `https://HOST`, with the port where people type one. */
export function originOf(host: string, { publicPort }: Pick<Answers, 'publicPort'>): string {
  return `https://${host}${publicPort === 443 ? '' : `:${publicPort}`}`;
}

export function parseDomain(text: string): Parsed<string> {
  const domain = canonicalDomain(text);
  if (domain === undefined) return refuse('P017', 'is not a domain', 'write it like corp.example');
  if (domain.includes('.') || domain === 'localhost') return accept(domain);
  return refuse('P017', 'is one label alone', 'write it like corp.example, or localhost to try things out');
}

export function parseProvider(text: string): Parsed<ProviderName> {
  const found = providerNames.find((name) => name === text.toLowerCase());
  return found === undefined ? refuse('P011', 'is none of them', `write ${providerNames.join(', ')}`) : accept(found);
}

/** One line of text, as an id or a secret is. */
export function parseLine(text: string): Parsed<string> {
  const line = text.trim();
  if (line === '' || line.length > 4_096) return refuse('P019', 'is empty or too long', 'copy it from the provider');
  return /\p{Cc}/u.test(line) ? refuse('P019', 'has line breaks', 'copy it again') : accept(line);
}

export function parseApp(text: string): Parsed<string> {
  const app = text.toLowerCase();
  if (app === 'auth') return refuse('P027', 'is the sign-in host', 'give the app another name');
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(app)) return accept(app);
  return refuse('P019', 'cannot be the name of a host', 'use letters, digits and dashes');
}

export function parseAppUrl(text: string): Parsed<URL> {
  const parsed = parseUpstream(text);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  return value.kind === 'url' ? accept(value.url) : refuse('P015', 'is no URL', 'write http://127.0.0.1:3000');
}

export function parsePort(text: string): Parsed<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? accept(port) : refuse('P018', 'is no port', 'ports go from 1 to 65535');
}

export function parseEmails(text: string): Parsed<readonly string[]> {
  const emails = itemsOf(text).map(canonicalEmail);
  const known = emails.filter((email) => email !== undefined);
  if (known.length === emails.length && known.length > 0) return accept(known);
  return refuse('P017', 'is not a list of addresses', 'write name@corp.example, several with commas');
}

/** `everyone`, or any of `@corp.example`, `ada@corp.example` and names of groups, with commas. */
export function parseAllowed(text: string): Parsed<Allowed> {
  const items = itemsOf(text);
  if (items.length === 0) return refuse('P018', 'names nobody', 'name a group, @corp.example, or addresses');
  if (items.length === 1 && items[0] === 'everyone') return accept({ groups: [], emails: [], domains: [] });
  const [groups, emails, domains]: [string[], string[], string[]] = [[], [], []];
  for (const item of items) {
    if (item === 'everyone') return refuse('P045', 'says everyone and somebody', 'leave out one of them');
    const [list, value] = item.startsWith('@')
      ? [domains, canonicalDomain(item.slice(1))]
      : item.startsWith('group:')
        ? [groups, item.slice('group:'.length)]
        : item.includes('@')
          ? [emails, canonicalEmail(item)]
          : [groups, item];
    if (value === undefined || value === '' || /\p{Cc}/u.test(value) || value.length > 256)
      return refuse('P017', 'has something that is neither a group, a domain nor an address', `look at ${item}`);
    if (list === groups && value === item && isDomain(item))
      return refuse('P017', 'may be a group or a domain', `write @${item}, or group:${item}`);
    list.push(value);
  }
  return accept({ groups, emails, domains });
}

function isDomain(text: string): boolean {
  return text.includes('.') && canonicalDomain(text) !== undefined;
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
