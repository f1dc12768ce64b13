const sharedPath = '/.postern/callback';

/** Where express listens: the shared path, and one for each provider. */
export const callbackPatterns = [sharedPath, `${sharedPath}/:provider`] as const;

/**
 * Where a provider sends people back to. With several providers each has a path of its own, so that none can have
 * another's code posted to it (RFC 9700 4.4); a single one keeps the shared path. An attempt ends only where it was sent
 * to, so a path that is still registered at a provider from before opens nothing.
 */
export function callbackPathOf(providers: ReadonlyMap<string, unknown>, id: string): string {
  return providers.size > 1 ? `${sharedPath}/${encodeURIComponent(id)}` : sharedPath;
}
