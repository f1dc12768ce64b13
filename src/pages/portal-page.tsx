import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import { Layout, personName } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import { linkTarget, mailTarget } from './link-target.ts';
import type { Page, PortalTile } from './page.ts';
import { devicePath, portalPath, sessionsPath, signOutPath } from './paths.ts';
import { findTiles, isSearchable, PortalSearch } from './portal-search.tsx';
import { Tile } from './portal-tile.tsx';
import type { Scene } from './scene.ts';
import { SignOutForm } from './sign-out-form.tsx';
import { appElement } from './weave-reason.tsx';

type Portal = Extract<Page, { readonly kind: 'portal' }>;

interface PortalProps {
  readonly page: Portal;
  readonly scene: Scene;
}

/** Every app that this person can open, or could with a step that is theirs to take. */
export function PortalPage({ page, scene }: PortalProps): JSX.Element {
  const { phrases, context } = scene;
  const deviceUrl = linkTarget(`${context.authOrigin}${devicePath}`);
  const sessionsUrl = linkTarget(`${context.authOrigin}${sessionsPath}`);
  const account = (
    <>
      {deviceUrl !== undefined && <a href={deviceUrl}>{phrases.say('nav.device')}</a>}
      {sessionsUrl !== undefined && <a href={sessionsUrl}>{phrases.say('nav.sessions')}</a>}
      <SignOutForm scene={scene} token={page.signOutToken} action={signOutPath} size="small" />
    </>
  );
  return (
    <Layout scene={scene} title={phrases.say('portal.headline')} account={account} linksToPortal={false} width="wide">
      <Postponed page={page} scene={scene} />
      {page.tiles.length === 0 ? <EmptyPortal scene={scene} /> : <Apps page={page} scene={scene} />}
    </Layout>
  );
}

/** For somebody who has put a proof off: that nothing became of it, and how to come back. */
function Postponed({ page: { postponed }, scene: { phrases } }: PortalProps): JSX.Element | null {
  if (postponed === undefined) return null;
  return (
    <section class="note">
      <p>{phrases.weave('portal.postponed', { app: appElement(phrases, postponed.app) })}</p>
      <div class="actions">
        <LinkButton url={postponed.confirmUrl} isSecond>
          {phrases.say('action.confirm')}
        </LinkButton>
      </div>
    </section>
  );
}

function Apps({ page, scene }: PortalProps): JSX.Element {
  const { phrases } = scene;
  const groups = groupTiles(page.tiles, scene);
  const found = findTiles(page, phrases);
  return (
    <>
      <h1>{phrases.say('portal.headline')}</h1>
      <p class="intro">{phrases.say(page.tiles.every(isOpen) ? 'portal.detail' : 'portal.detail_steps')}</p>
      {isSearchable(page) && <PortalSearch page={page} found={found.size} scene={scene} />}
      {groups.map(({ heading, language, tiles }) => (
        <section key={heading} class="group" hidden={!tiles.some((tile) => found.has(tile))}>
          {heading !== undefined && (
            <h2 lang={language} data-find>
              <bdi>{heading}</bdi>
            </h2>
          )}
          <ul class="tiles">
            {tiles.map((tile) => (
              <Tile
                key={tile.name}
                tile={tile}
                level={heading === undefined ? 2 : 3}
                isHidden={!found.has(tile)}
                scene={scene}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function isOpen({ state }: PortalTile): boolean {
  return state === 'ready' || state === 'warned';
}

interface TileGroup {
  readonly heading: string | undefined;
  /** Where it is not the page's. */
  readonly language?: string | undefined;
  readonly tiles: PortalTile[];
}

/** Apps by the heading that this reader sees, in the order in which the headings come; those without one come last. */
function groupTiles(tiles: readonly PortalTile[], { phrases }: Scene): readonly TileGroup[] {
  const groups = new Map<string, TileGroup>();
  const others: PortalTile[] = [];
  for (const tile of tiles) {
    const chosen = tile.group === undefined ? undefined : phrases.choose(tile.group);
    if (chosen === undefined) {
      others.push(tile);
      continue;
    }
    const language = chosen.language === phrases.language ? undefined : chosen.language;
    const group = groups.get(chosen.text) ?? { heading: chosen.text, language, tiles: [] };
    group.tiles.push(tile);
    groups.set(chosen.text, group);
  }
  const heading = groups.size === 0 ? undefined : phrases.say('portal.others');
  return [...groups.values(), ...(others.length === 0 ? [] : [{ heading, tiles: others }])];
}

/** What somebody can do who sees no app: the account, the device, whoever helps. */
function EmptyPortal({ scene }: { readonly scene: Scene }): JSX.Element {
  const { phrases, context, help } = scene;
  const person = personName(scene);
  const deviceUrl = linkTarget(`${context.authOrigin}${devicePath}`);
  const switchUrl = linkTarget(`${context.authOrigin}${signOutPath}`);
  const subject = phrases.say('portal.empty.mail_subject');
  const helpUrl = help === undefined ? undefined : (mailTarget(help, subject) ?? linkTarget(help));
  return (
    <div class="card">
      <Headline
        icon="app"
        tone="info"
        lead={
          person === undefined
            ? phrases.say('portal.empty.anyone')
            : phrases.weave('portal.empty.detail', { person: <bdi>{person}</bdi> })
        }
      >
        {phrases.say('portal.empty')}
      </Headline>
      <div class="actions">
        {helpUrl !== undefined && (
          <a class="button" href={helpUrl}>
            {phrases.say('portal.empty.ask')}
          </a>
        )}
        <a class={helpUrl === undefined ? 'button' : 'button second'} href={portalPath}>
          {phrases.say('action.check_again')}
        </a>
      </div>
      <section class="split">
        <h2>{phrases.say('portal.empty.ways')}</h2>
        <ul class="plain">
          {switchUrl !== undefined && (
            <li>
              <a href={switchUrl}>{phrases.say('portal.empty.account')}</a>
            </li>
          )}
          {deviceUrl !== undefined && (
            <li>
              <a href={deviceUrl}>{phrases.say('portal.empty.device')}</a>
            </li>
          )}
        </ul>
      </section>
    </div>
  );
}
