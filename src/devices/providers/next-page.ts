import type { DeviceProvider } from '../../config/snapshot.ts';
import type { ProviderAnswer } from './ask-provider.ts';
import { valueAt } from './read-item.ts';

/** `undefined`: that was the last page. `elsewhere`: it leads to another origin. */
export type NextPage = URL | undefined | 'elsewhere' | 'garbage';

/** The addresses of a provider's pages. */
export interface Pages {
  readonly first: URL;
  /** The page after one that was read. @param page its number, from 0. @param count how many items it had. */
  after(url: URL, page: number, count: number, body: unknown, headers: ProviderAnswer['headers']): NextPage;
}

/** How a provider's list goes on. */
export function nextPage({ url, paging }: DeviceProvider): Pages {
  const first = new URL(url);
  if (paging.by === 'none') return { first, after: () => undefined };
  if (paging.sizeParam !== undefined) first.searchParams.set(paging.sizeParam, String(paging.size));
  switch (paging.by) {
    case 'page': {
      const at = (page: number): URL => withParam(first, paging.param, String(paging.first + page));
      return { first: at(0), after: (_url, page, count) => (count === 0 ? undefined : at(page + 1)) };
    }
    case 'cursor':
      return {
        first,
        after: (_url, _page, count, body) => {
          const cursor = valueAt(body, paging.path);
          // A cursor after an empty page would go on for ever.
          if (cursor === undefined || cursor === null || cursor === '' || count === 0) return undefined;
          if (typeof cursor !== 'string' && typeof cursor !== 'number') return 'garbage';
          return withParam(first, paging.param, String(cursor));
        },
      };
    case 'next':
      return { first, after: (from, _page, _count, body) => follow(valueAt(body, paging.path), from, first) };
    case 'link':
      return { first, after: (from, _page, _count, _body, headers) => follow(linkOf(headers['link']), from, first) };
  }
}

function withParam(url: URL, name: string, value: string): URL {
  const copy = new URL(url);
  copy.searchParams.set(name, value);
  return copy;
}

function follow(link: unknown, from: URL, first: URL): NextPage {
  if (link === undefined || link === null || link === '') return undefined;
  if (typeof link !== 'string' || !URL.canParse(link, from)) return 'garbage';
  const url = new URL(link, from);
  return url.origin === first.origin && url.username === '' && url.password === '' ? url : 'elsewhere';
}

/** The target of `rel="next"` (RFC 8288). */
function linkOf(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.join(', ');
  for (const [, target, parameters] of (text ?? '').slice(0, 16_384).matchAll(/<([^>]*)>([^,]*)/g)) {
    if (/;\s*rel\s*=\s*"?[^";]*\bnext\b/i.test(parameters ?? '')) return target;
  }
  return undefined;
}
