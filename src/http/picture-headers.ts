/**
 * The headers of a picture from the configuration, name by name. Opened as a document of its own, an SVG is sandboxed:
 * it runs no script, loads nothing, and has no origin whose cookies it could use. Its address holds what it shows, so it
 * is kept for good; `private` keeps it from caches that people share.
 */
export function pictureHeaders(picture: {
  readonly type: string;
  readonly bytes: Uint8Array;
}): Readonly<Record<string, string>> {
  return {
    'Content-Type': picture.type,
    'Content-Length': String(picture.bytes.length),
    'Cache-Control': 'private, max-age=31536000, immutable',
    'Content-Security-Policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}
