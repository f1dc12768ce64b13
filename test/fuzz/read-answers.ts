/** One answer as it came. */
export interface FuzzAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** False when the connection ended in the middle of it. */
  readonly isWhole: boolean;
}

/**
 * Reads the answers to requests with these methods, one after the other (RFC 9112 section 6.3); interim answers are left
 * out. Answers a sentence when the bytes are no answers.
 */
export function readAnswers(
  text: string,
  methods: readonly string[],
): { readonly answers: FuzzAnswer[]; readonly rest: string; readonly fault?: string } {
  const answers: FuzzAnswer[] = [];
  let at = 0;
  while (at < text.length) {
    const headEnd = text.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return { answers, rest: text.slice(at) };
    const [statusLine = '', ...lines] = text.slice(at, headEnd).split('\r\n');
    const found = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine);
    if (found === null)
      return {
        answers,
        rest: text.slice(at),
        fault: `An answer begins with ${JSON.stringify(statusLine.slice(0, 80))}.`,
      };
    const status = Number(found[1]);
    if (status === 101) return { answers, rest: text.slice(at) };
    at = headEnd + 4;
    if (status < 200) continue;
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const isBodiless = methods[answers.length] === 'HEAD' || status === 204 || status === 304;
    const read = isBodiless ? { body: '', next: at, isWhole: true } : readBody(text, at, headers);
    answers.push({ status, headers, body: read.body, isWhole: read.isWhole });
    at = read.next;
  }
  return { answers, rest: '' };
}

function readBody(text: string, from: number, headers: ReadonlyMap<string, string>) {
  const length = headers.get('content-length');
  if (length !== undefined) {
    const next = from + Number(length);
    return { body: text.slice(from, next), next, isWhole: next <= text.length };
  }
  if (headers.get('transfer-encoding') !== 'chunked')
    return { body: text.slice(from), next: text.length, isWhole: true };
  let body = '';
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return { body, next: text.length, isWhole: false };
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) {
      const end = text.indexOf('\r\n', at);
      return { body, next: end < 0 ? text.length : end + 2, isWhole: end >= 0 };
    }
    body += text.slice(at, at + size);
    at += size + 2;
    if (!(size > 0) || at > text.length) return { body, next: text.length, isWhole: false };
  }
}
