import type { IncomingMessage } from 'node:http';

/** What comes in a few reads, and what Node keeps of a request that nobody reads. */
const smallBytes = 64 * 1024;

/**
 * Looks at the headers that say where the body ends. Two programs that differ about it are how requests are smuggled
 * (RFC 9112 §6.3, §11.2); Node's parser refuses most of this already, and this holds when it is told to be lenient or
 * when the request came through somebody else's server.
 * @returns a sentence that says what is wrong, or `undefined`.
 */
export function findFramingFault(rawHeaders: readonly string[]): string | undefined {
  let hasLength = false;
  let hasEncoding = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length !== 14 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (lower === 'content-length') {
      if (hasLength) return 'There is more than one Content-Length header.';
      if (!isDecimal(value)) return 'The Content-Length header is not a number.';
      hasLength = true;
    } else if (lower === 'transfer-encoding') {
      if (hasEncoding) return 'There is more than one Transfer-Encoding header.';
      if (value.toLowerCase() !== 'chunked') return 'The Transfer-Encoding header is not plain "chunked".';
      hasEncoding = true;
    } else if (lower === 'content_length' || lower === 'transfer_encoding') {
      return 'A header that frames the body is spelled with an underscore.';
    }
  }
  return hasLength && hasEncoding ? 'There are both a Content-Length and a Transfer-Encoding header.' : undefined;
}

function isDecimal(text: string): boolean {
  if (text === '' || text.length > 15) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** True when the request carries a body, or says that it will (RFC 9112 §6.3). */
export function hasBody(headers: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

/**
 * True where a small body of a known length is not here yet: as a rule it comes in the same read as its head, and is here
 * in the next tick.
 */
export function mayComeWhole(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return length !== undefined && Number(length) <= smallBytes && !hasComeWhole(request);
}

/** True where every byte of a body of a known length is here, and nobody has read any; Node says so itself a little later. */
export function hasComeWhole({ headers, readableLength, readableDidRead }: IncomingMessage): boolean {
  return !readableDidRead && Number(headers['content-length']) === readableLength;
}
