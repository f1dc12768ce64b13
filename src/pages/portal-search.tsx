import type { JSX } from 'preact';
import type { Phrasebook } from './messages/phrasebook.ts';
import type { Page, PortalTile } from './page.ts';
import { portalPath, portalScriptPath, searchField } from './paths.ts';
import type { Scene } from './scene.ts';

type Portal = Extract<Page, { readonly kind: 'portal' }>;

/** With fewer apps a look is quicker than a search. */
const fewestToSearch = 8;
const longestQuery = 100;

/** Whether the portal has a field to search its apps, and with it a script. */
export function isSearchable({ tiles, query }: Portal): boolean {
  return tiles.length >= fewestToSearch || (query !== undefined && tiles.length > 0);
}

/** The apps that fit what was looked for: every word stands in the title, the description, the host or the group. */
export function findTiles({ tiles, query }: Portal, phrases: Phrasebook): ReadonlySet<PortalTile> {
  const words = fold(query ?? '').split(/\s+/);
  const textOf = ({ title, description, host, group }: PortalTile): string =>
    fold([title, description ?? '', host, group ?? ''].map((text) => phrases.choose(text)?.text ?? '').join(' '));
  return new Set(
    tiles.filter((tile) => {
      const text = textOf(tile);
      return words.every((word) => text.includes(word));
    }),
  );
}

/** As people look for it: without regard to case and accents. The script of the portal does the same. */
function fold(text: string): string {
  return text
    .slice(0, longestQuery * 10)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase();
}

/**
 * The search of the portal: a plain form, which the script makes quicker. How many apps fit is said aloud when it changes.
 */
export function PortalSearch(props: {
  readonly page: Portal;
  readonly found: number;
  readonly scene: Scene;
}): JSX.Element {
  const { page, found, scene } = props;
  const { phrases } = scene;
  const total = String(page.tiles.length);
  const query = page.query?.slice(0, longestQuery);
  return (
    <>
      <search>
        <form id="app-search" class="search" method="get" action={portalPath}>
          <label for="app-query">{phrases.say('portal.search')}</label>
          <input
            type="search"
            id="app-query"
            name={searchField}
            value={query}
            maxLength={longestQuery}
            autocomplete="off"
            spellcheck={false}
          />
          <button type="submit" class="button second">
            {phrases.say('portal.search.go')}
          </button>
          {query !== undefined && (
            <a id="app-all" href={portalPath}>
              {phrases.say('portal.search.all')}
            </a>
          )}
        </form>
      </search>
      <p
        id="app-count"
        class="quiet"
        role="status"
        data-text={phrases.say('portal.search.count', { found: '{found}', total })}
      >
        {query === undefined ? '' : phrases.say('portal.search.count', { found: String(found), total })}
      </p>
      <p id="app-none" class="card" hidden={found > 0}>
        {phrases.say('portal.search.none')}
      </p>
      <script src={portalScriptPath} defer />
    </>
  );
}
