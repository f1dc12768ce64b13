import type { JSX } from 'preact';
import type { ReasonCode } from '../decision/reason.ts';
import { clipText } from './clip-text.ts';
import { Icon, type IconName } from './icon.tsx';
import { linkTarget } from './link-target.ts';
import { MomentText } from './moment.tsx';
import { OwnText } from './own-text.tsx';
import type { PortalTile } from './page.ts';
import type { Scene } from './scene.ts';
import { appTitle } from './weave-reason.tsx';

const states: Readonly<Record<PortalTile['state'], { readonly icon: IconName; readonly look: string }>> = {
  ready: { icon: 'check', look: 'pass' },
  warned: { icon: 'warning', look: 'stale' },
  needs_step_up: { icon: 'key', look: 'stale' },
  fix_device: { icon: 'warning', look: 'stale' },
  device_unknown: { icon: 'device', look: 'stale' },
};

/** Reasons that say no more than the state of the tile does. */
const saidByState: ReadonlySet<ReasonCode> = new Set(['step_up_required', 'device_not_compliant', 'device_unknown']);

/** An app in the portal: all of it is the link. */
export function Tile(props: {
  readonly tile: PortalTile;
  /** The level of its heading: under the page's, or under that of a group. */
  readonly level: 2 | 3;
  readonly isHidden: boolean;
  readonly scene: Scene;
}): JSX.Element {
  const { tile, level, isHidden, scene } = props;
  const { phrases } = scene;
  const Heading = `h${level}` as const;
  const url = linkTarget(tile.url);
  const title = <OwnText text={tile.title} phrases={phrases} />;
  const { icon, look } = states[tile.state];
  return (
    <li class="tile" hidden={isHidden}>
      <div class="top">
        <TilePicture tile={tile} scene={scene} />
        <Heading class="title" data-find>
          {url === undefined ? title : <a href={url}>{title}</a>}
        </Heading>
      </div>
      {tile.description !== undefined && (
        <p dir="auto" data-find>
          <OwnText text={tile.description} phrases={phrases} />
        </p>
      )}
      <p class="quiet" data-find>
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
      {tile.reason !== undefined && tile.state !== 'ready' && !saidByState.has(tile.reason) && (
        <p class="quiet">{phrases.reason(tile.reason).title}</p>
      )}
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
