import { canonicalDomain, canonicalEmail } from '../../policy/canonical-email.ts';
import type { ProblemCode } from '../problem.ts';
import { findStrangeCharacter, plainSpelling } from '../source/strange-character.ts';
import { accept, type Parsed, type Refusal, refuse } from './parsed.ts';

const forEveryone = 'for everyone who can sign in leave out the key, and begin the id of the rule with "everyone"';

/** Reads a host name in its canonical form. */
export function parseHostName(text: string): Parsed<string> {
  const name = canonicalDomain(text);
  if (name !== undefined) return accept(name);
  const example = bareHost(text) ?? 'auth.corp.example';
  return refuse('P017', 'is not a host name', `write a DNS name without scheme and port, for example ${example}`);
}

/** Reads which Host header an app gets: `client`, `upstream`, or a name with its port where it has one. */
export function parseSentHost(text: string): Parsed<string> {
  if (text === 'client' || text === 'upstream') return accept(text);
  const [, name = '', port = ''] = /^(.*?)(:[0-9]{1,5})?$/.exec(text) ?? [];
  const host = canonicalDomain(name);
  if (host === undefined || Number(port.slice(1)) > 65_535)
    return refuse('P017', 'is not a host', 'write client, upstream, or a host name such as app.internal');
  return accept(host + port);
}

/** Reads the domain of addresses in its canonical form. */
export function parseDomain(text: string): Parsed<string> {
  const name = canonicalDomain(text);
  if (name !== undefined) return accept(name);
  const isNot = (help: string) => refuse('P017', 'is not a domain', help);
  if (text === '*') return isNot(forEveryone);
  if (/^@[^@]+$/.test(text)) return isNot(`write ${text.slice(1)}`);
  return isNot(text.includes('*') ? 'wildcards are not known: list each domain' : 'write it like corp.example');
}

/** Reads an address in its canonical form. */
export function parseEmail(text: string): Parsed<string> {
  const address = canonicalEmail(text);
  if (address !== undefined) return accept(address);
  const isNot = (help: string) => refuse('P017', 'is not an e-mail address', help);
  if (text === '*') return isNot(forEveryone);
  if (text.startsWith('*@') || text.startsWith('@')) return isNot('for everyone of a domain use "domains"');
  return refuseStrange('P017', text) ?? isNot('write it like ada@corp.example');
}

const named = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const nameRule = 'use letters, digits, dots, dashes and underscores, at most 64, beginning with a letter or digit';

/** Reads a name that records and metrics refer to. */
export function parseName(text: string): Parsed<string> {
  if (named.test(text)) return accept(text);
  const near = text
    .trim()
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-$/g, '');
  const suggestion = named.test(near) ? `write ${near}, or ` : '';
  return refuseStrange('P019', text) ?? refuse('P019', 'is not a name', `${suggestion}${nameRule}`);
}

/** The host of a URL, or of a host with a port. */
function bareHost(text: string): string | undefined {
  const whole = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(whole) ? canonicalDomain(new URL(whole).hostname) : undefined;
}

/** Says which character is not what it seems to be, where there is one. */
function refuseStrange(code: ProblemCode, text: string): Refusal | undefined {
  const strange = findStrangeCharacter(text);
  if (strange === undefined) return undefined;
  const { start, end, says } = strange;
  return { ...refuse(code, `has ${says}`, `type it again: ${plainSpelling(text)}`), within: { start, end } };
}
