/** Flags of `postern init` that answer every question; `changes` replaces some, and `undefined` leaves one out. */
export function initFlags(changes: Readonly<Record<string, string | undefined>> = {}): readonly string[] {
  const flags = {
    domain: 'corp.example',
    provider: 'okta',
    issuer: 'https://corp.okta.example',
    'client-id': 'postern',
    app: 'wiki',
    to: 'https://10.0.0.5:8443',
    allow: 'finance',
    'break-glass': 'root-1@corp.example',
    ...changes,
  };
  return Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]));
}
