/** A client that follows redirects by hand and keeps cookies, as far as the demo's provider needs one. */
export interface CookieClient {
  get(url: string): Promise<ClientAnswer>;
  post(url: string, form: Readonly<Record<string, string>>): Promise<ClientAnswer>;
}

export interface ClientAnswer {
  /** Where the last answer came from, or where it pointed when that is not followed. */
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** @param stopsAt a redirect to a URL that begins so is answered, not followed. */
export function createCookieClient(stopsAt: string): CookieClient {
  const cookies = new Map<string, { value: string; path: string }>();

  const keep = (lines: readonly string[]) => {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const [name = '', value = ''] = pair.split('=', 2);
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
      const key = `${name} ${path}`;
      if (value === '' || attributes.some((attribute) => /^expires=Thu, 01 Jan 1970/i.test(attribute)))
        cookies.delete(key);
      else cookies.set(key, { value, path });
    }
  };

  const header = (url: string) => {
    const { pathname } = new URL(url);
    return [...cookies]
      .filter(([, cookie]) => pathname.startsWith(cookie.path))
      .map(([key, cookie]) => `${key.split(' ')[0]}=${cookie.value}`)
      .join('; ');
  };

  const send = async (url: string, form?: Readonly<Record<string, string>>): Promise<ClientAnswer> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: header(url), accept: 'text/html' },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    keep(response.headers.getSetCookie());
    const location = response.headers.get('location');
    if (location === null) return { url, status: response.status, text: await response.text() };
    const next = new URL(location, url).href;
    await response.arrayBuffer();
    return next.startsWith(stopsAt) ? { url: next, status: response.status, text: '' } : send(next);
  };

  return { get: (url) => send(url), post: send };
}
