/** Header names that no client may send to an app through us; the first ones are of one hop (RFC 9110 §7.6.1). */
const exactNames: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',

  'cf-connecting-ip',
  'fastly-client-ip',
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-device-trust',
  'x-host',
  'x-http-host-override',
  'x-real-ip',
  'x-rewrite-url',
]);

/** Whole families: what a trusted hop says of the client's address, its certificate, its device, or who it is. */
const prefixes = {
  c: ['client-cert', 'cf-access-'],
  p: ['proxy-', 'postern-'],
  s: ['ssl-'],
  x: [
    'x-postern-',
    'x-forwarded-',
    'x-original-',
    'x-ssl-',
    'x-client-cert',
    'x-client-verify',
    'x-client-dn',
    'x-verified-access-',
    'x-arr-clientcert',
  ],
} as const satisfies Record<string, readonly string[]>;

function startsWithAny(name: string, candidates: readonly string[]): boolean {
  for (const candidate of candidates) if (name.startsWith(candidate)) return true;
  return false;
}

/**
 * True for a name that belongs to one hop or that only we may say: it is removed from every request, public routes and
 * preflights included (security-rules.md 21).
 * @param plain lower case, every character that is no letter or digit written as `-`.
 */
export function isOwnHeader(plain: string): boolean {
  if (exactNames.has(plain)) return true;
  switch (plain.charCodeAt(0)) {
    case 0x78:
      return plain === 'x-postern' || plain === 'x-forwarded' || startsWithAny(plain, prefixes.x);
    case 0x70:
      return startsWithAny(plain, prefixes.p);
    case 0x73:
      return startsWithAny(plain, prefixes.s);
    case 0x63:
      return startsWithAny(plain, prefixes.c);
    default:
      return false;
  }
}
