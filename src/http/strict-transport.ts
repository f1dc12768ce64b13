const oneYearSeconds = 31_536_000;

/**
 * The value of `Strict-Transport-Security` for an answer of our own, or `undefined` where it must not be sent: over plain
 * HTTP (RFC 6797 section 7.2), and on localhost, where it would lock the browser out of every other program under
 * development. Each host speaks for itself: `includeSubDomains` is for whoever owns the whole domain.
 */
export function strictTransport(scheme: 'https' | 'http', host: string): string | undefined {
  if (scheme === 'http' || host === 'localhost' || host.endsWith('.localhost')) return undefined;
  return `max-age=${oneYearSeconds}`;
}
