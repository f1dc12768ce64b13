/** What every cookie of ours says: what the `__Host-` prefix demands (RFC 6265bis 4.1.3.2), and Lax: a link from a mail must find the session. */
export const ownCookieAttributes = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;
