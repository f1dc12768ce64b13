/** A host for the sign-in pages beside these apps: Postern wants one that no app has. */
export function signInHostFor(hosts: readonly string[]): string {
  const labels = (hosts[0] ?? 'example.com').split('.');
  const parent = (labels.length > 2 ? labels.slice(1) : labels).join('.');
  const free = ['auth', 'sign-in', 'postern']
    .map((label) => `${label}.${parent}`)
    .find((host) => !hosts.includes(host));
  return free ?? `postern-sign-in.${parent}`;
}

/** `:443` and `HOST:PORT` as Postern listens; `undefined` for what it cannot listen on. */
export function listenAddressOf(text: string | undefined): string | undefined {
  const match = /^(?:https?:\/\/)?(\d{1,3}(?:\.\d{1,3}){3}|\[[\da-fA-F:]+\])?:(\d{1,5})$/.exec(text ?? '');
  return match === null ? undefined : `${match[1] ?? '0.0.0.0'}:${match[2]}`;
}
