import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host as it is looked up: lower case, no trailing dot; IPv6 addresses in brackets and in their short form. */
export interface CanonicalHost {
  readonly host: string;
  /** `undefined` when none was named. */
  readonly port: number | undefined;
}

/** 1: a character of a host name in lower case; 2: an upper-case letter. */
const nameCharacters = new Uint8Array(128);
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789-_.') nameCharacters[character.charCodeAt(0)] = 1;
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') nameCharacters[character.charCodeAt(0)] = 2;

const colon = 0x3a;
const dot = 0x2e;

/**
 * Reads a Host header's value or the authority of an absolute target (RFC 9112 §3.2). Lists, userinfo, paths, escapes,
 * empty labels and ports out of range are no hosts.
 * @returns a sentence that says what is odd, when it is odd.
 */
export function parseHost(text: string): CanonicalHost | string {
  if (text === '') return 'The Host header is empty.';
  if (text.charCodeAt(0) === 0x5b) return parseAddressLiteral(text);
  let hasUpperCase = false;
  let previous = dot;
  let end = 0;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === colon) break;
    const kind = nameCharacters[code];
    if (kind === undefined || kind === 0) return 'The Host header is not a host name.';
    if (kind === 2) hasUpperCase = true;
    if (code === dot && previous === dot) return 'The Host header has an empty label.';
    previous = code;
  }
  const port = parsePort(text, end);
  if (port === 'odd') return 'The Host header has an odd port.';
  if (previous === dot) end -= 1;
  if (end < 1 || end > 253) return 'The Host header is not a host name.';
  let host = end === text.length ? text : text.slice(0, end);
  if (hasUpperCase) host = host.toLowerCase();
  if (isNumberLike(host) && !isIPv4(host)) return 'The Host header is an odd spelling of an address.';
  return { host, port };
}

function parseAddressLiteral(text: string): CanonicalHost | string {
  const end = text.indexOf(']');
  const address = text.slice(1, end);
  if (end === -1 || !isIPv6(address) || address.includes('%')) return 'The Host header is not an address.';
  const port = parsePort(text, end + 1);
  if (port === 'odd') return 'The Host header has an odd port.';
  return { host: `[${ipaddr.IPv6.parse(address).toString()}]`, port };
}

function parsePort(text: string, start: number): number | undefined | 'odd' {
  if (start === text.length) return undefined;
  if (text.charCodeAt(start) !== colon) return 'odd';
  const length = text.length - start - 1;
  if (length < 1 || length > 5) return 'odd';
  let port = 0;
  for (let index = start + 1; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return 'odd';
    port = port * 10 + digit;
  }
  return port >= 1 && port <= 65_535 ? port : 'odd';
}

/** True when the last label is a number: URL parsers read `127.1` and `0x7f000001` as IPv4 addresses. */
function isNumberLike(host: string): boolean {
  const label = host.charCodeAt(host.lastIndexOf('.') + 1);
  if (label < 0x30 || label > 0x39) return false;
  return /^(?:\d+|0x[0-9a-f]*)$/.test(host.slice(host.lastIndexOf('.') + 1));
}
