import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Entry {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
}

/** Keeps what the provider knows in memory, until the demo ends. One store serves all of its models. */
export function createProviderStore(now: () => number): (model: string) => Adapter {
  const entries = new Map<string, Entry>();
  const keysOfGrant = new Map<string, Set<string>>();

  const findBy = (model: string, field: 'uid' | 'userCode', value: string) => {
    for (const [key, entry] of entries) {
      if (key.startsWith(`${model}:`) && entry.payload[field] === value && entry.expiresAtMs > now())
        return entry.payload;
    }
    return undefined;
  };

  return (model) => ({
    upsert: async (id, payload, expiresIn) => {
      const key = `${model}:${id}`;
      entries.set(key, { payload, expiresAtMs: expiresIn === undefined ? Infinity : now() + expiresIn * 1000 });
      if (payload.grantId === undefined) return;
      keysOfGrant.set(payload.grantId, (keysOfGrant.get(payload.grantId) ?? new Set()).add(key));
    },
    find: async (id) => {
      const entry = entries.get(`${model}:${id}`);
      return entry !== undefined && entry.expiresAtMs > now() ? entry.payload : undefined;
    },
    findByUid: async (uid) => findBy(model, 'uid', uid),
    findByUserCode: async (userCode) => findBy(model, 'userCode', userCode),
    destroy: async (id) => {
      entries.delete(`${model}:${id}`);
    },
    consume: async (id) => {
      const key = `${model}:${id}`;
      const entry = entries.get(key);
      if (entry === undefined) return;
      entries.set(key, { ...entry, payload: { ...entry.payload, consumed: Math.floor(now() / 1000) } });
    },
    revokeByGrantId: async (grantId) => {
      for (const key of keysOfGrant.get(grantId) ?? []) entries.delete(key);
      keysOfGrant.delete(grantId);
    },
  });
}
