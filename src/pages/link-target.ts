const schemes: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);
const space = 0x20;
const deleteByte = 0x7f;

/**
 * A URL as a page may link to it, or `undefined`: `http`, `https` and `mailto`, or an absolute path of this host.
 * Preact escapes attributes, but lets `javascript:` and `data:` through, so every link passes here.
 * Control characters are refused because browsers drop them, which turns `/\t/evil.example` into another host.
 */
export function linkTarget(url: string | undefined): string | undefined {
  if (url === undefined || hasControlCharacter(url)) return undefined;
  if (url.startsWith('/')) return /^\/[/\\]/.test(url) ? undefined : url;
  const parsed = URL.parse(url);
  return parsed !== null && schemes.has(parsed.protocol) ? parsed.href : undefined;
}

/** A `mailto:` link for what looks like one e-mail address, or `undefined`. Lines of the text end with CRLF (RFC 6068 5). */
export function mailTarget(address: string, subject: string, text = ''): string | undefined {
  if (!/^[^\s@<>,;?&]{1,64}@[^\s@<>,;?&]{1,255}$/.test(address)) return undefined;
  const [local = '', domain = ''] = address.split('@');
  const body = text === '' ? '' : `&body=${encodeURIComponent(text.toWellFormed())}`;
  return `mailto:${encodeURIComponent(local)}@${encodeURIComponent(domain)}?subject=${encodeURIComponent(subject.toWellFormed())}${body}`;
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < space || code === deleteByte) return true;
  }
  return false;
}
