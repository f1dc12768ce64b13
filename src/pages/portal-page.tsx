import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Icon, type IconName } from './icon.tsx';
import { Layout, personName } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import { MomentText } from './moment.tsx';
import { OwnText } from './own-text.tsx';
import type { Page, PortalTile } from './page.ts';
import { devicePath, sessionsPath, signOutPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { SignOutForm } from './sign-out-form.tsx';
import { appTitle } from './weave-reason.tsx';

const states: Readonly<Record<PortalTile['state'], { readonly icon: IconName; readonly look: string }>> = {
  ready: { icon: 'check', look: 'pass' },
  warned: { icon: 'warning', look: 'stale' },
  needs_step_up: { icon: 'key', look: 'stale' },
  fix_device: { icon: 'warning', look: 'stale' },
  device_unknown: { icon: 'device', look: 'stale' },
};

/** Every app that this person can open, or could with a step that is theirs to take. */
export function PortalPage(props: {
  readonly page: Extract<Page, { readonly kind: 'portal' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
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
      {page.tiles.length === 0 ? (
        <EmptyPortal scene={scene} />
      ) : (
        <>
          <h1>{phrases.say('portal.headline')}</h1>
          <p class="intro">{phrases.say('portal.detail')}</p>
          <ul class="tiles">
            {page.tiles.map((tile) => (
              <Tile key={tile.name} tile={tile} scene={scene} />
            ))}
          </ul>
        </>
      )}
    </Layout>
  );
}

function EmptyPortal({ scene }: { readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  const person = personName(scene);
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
    </div>
  );
}

function Tile({ tile, scene }: { readonly tile: PortalTile; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  const url = linkTarget(tile.url);
  const title = <OwnText text={tile.title} phrases={phrases} />;
  const { icon, look } = states[tile.state];
  return (
    <li class="tile">
      <div class="top">
        <TilePicture tile={tile} scene={scene} />
        <h2>{url === undefined ? title : <a href={url}>{title}</a>}</h2>
      </div>
      {tile.description !== undefined && (
        <p dir="auto">
          <OwnText text={tile.description} phrases={phrases} />
        </p>
      )}
      <p class="quiet">
        <bdi>{clipText(tile.host)}</bdi>
      </p>
      <p class={`status ${look}`}>
        <Icon name={icon} />
        <span class="state">{phrases.say(`tile.${tile.state}`)}</span>
      </p>
      {tile.warnedUntilMs !== undefined && (
        <p class="quiet">
          {phrases.weave('device.warned', { time: <MomentText atMs={tile.warnedUntilMs} scene={scene} /> })}
        </p>
      )}
      {tile.reason !== undefined && tile.state !== 'ready' && <p class="quiet">{phrases.reason(tile.reason).title}</p>}
    </li>
  );
}

/** Says nothing which the title beside it does not say. */
function TilePicture({ tile, scene }: { readonly tile: PortalTile; readonly scene: Scene }): JSX.Element {
  const url = linkTarget(tile.iconUrl);
  if (url !== undefined) return <img class="picture" src={url} alt="" width="40" height="40" loading="lazy" />;
  const [letter = ''] = appTitle(scene.phrases, tile);
  return (
    <span class="letter" aria-hidden="true">
      {letter.toLocaleUpperCase(scene.phrases.language)}
    </span>
  );
}
