/** The most that is read of a configuration. */
export const maxConfigurationBytes = 5 * 1024 * 1024;

export type Decoded =
  | { readonly outcome: 'text'; readonly text: string }
  | { readonly outcome: 'refused'; readonly why: string; readonly help: string };

/** Bytes to text. A byte order mark is dropped; anything that is not UTF-8 is refused and not guessed at. */
export function decodeText(bytes: Uint8Array): Decoded {
  if (bytes.length > maxConfigurationBytes) {
    return {
      outcome: 'refused',
      why: 'is larger than 5 MB',
      help: 'a configuration is far smaller; is this the right file?',
    };
  }
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    return { outcome: 'refused', why: 'is UTF-16', help: 'save it as UTF-8' };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\u0000')
      ? { outcome: 'refused', why: 'holds NUL bytes', help: 'is this the right file?' }
      : { outcome: 'text', text };
  } catch {
    return { outcome: 'refused', why: 'is not UTF-8', help: 'save it as UTF-8' };
  }
}
