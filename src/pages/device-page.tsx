import type { JSX } from 'preact';
import { BrowserSection } from './browser-section.tsx';
import { CheckList, sortChecks } from './check-list.tsx';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import type { PlainPhraseKey } from './messages/phrasebook.ts';
import { MomentText } from './moment.tsx';
import type { Page, PostureStanding } from './page.ts';
import type { Scene } from './scene.ts';

type DevicePageData = Extract<Page, { readonly kind: 'device' }>;

const results: ReadonlyMap<string, PlainPhraseKey> = new Map([
  ['pass', 'posture.pass'],
  ['warned', 'posture.warned'],
  ['fail', 'posture.fail'],
  ['stale', 'posture.stale'],
  ['unknown', 'posture.unknown'],
  ['unavailable', 'posture.unavailable'],
  ['no_device', 'posture.no_device'],
]);

/** What is known about the device, which check each fact meets, and which apps wait for it. */
export function DevicePage({ page, scene }: { readonly page: DevicePageData; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  if (page.deviceId === undefined) return <UnknownDevice page={page} scene={scene} />;
  const isFine = page.postures.every((posture) => posture.result === 'pass');
  return (
    <Layout scene={scene} title={phrases.say('device.headline')}>
      <article class="card">
        <Headline
          icon="device"
          tone={isFine ? 'ok' : 'warn'}
          lead={phrases.weave('device.known', { device: <bdi>{clipText(page.deviceId)}</bdi> })}
        >
          {phrases.say('device.headline')}
        </Headline>
        {page.postures.length === 0 && <p>{phrases.say('device.no_postures')}</p>}
        {page.postures.map((posture) => (
          <PostureSection key={posture.posture} posture={posture} scene={scene} />
        ))}
        {page.browsers !== undefined && <BrowserSection browsers={page.browsers} scene={scene} />}
        <p class="quiet split">{phrases.say('device.privacy')}</p>
      </article>
    </Layout>
  );
}

function UnknownDevice({ page, scene }: { readonly page: DevicePageData; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  return (
    <Layout scene={scene} title={phrases.say('device.unknown')}>
      <article class="card">
        <Headline icon="device" tone="warn" lead={phrases.say('device.unknown.detail')}>
          {phrases.say('device.unknown')}
        </Headline>
        {page.postures.map((posture) => (
          <PostureSection key={posture.posture} posture={posture} scene={scene} />
        ))}
        {page.browsers !== undefined && <BrowserSection browsers={page.browsers} scene={scene} />}
      </article>
    </Layout>
  );
}

function PostureSection({ posture, scene }: { readonly posture: PostureStanding; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  return (
    <section class="split">
      <h2>
        <bdi>{clipText(posture.posture)}</bdi>
      </h2>
      <p class={posture.result === 'pass' ? 'pass' : 'unknown'}>
        <span class="state">{phrases.say(results.get(posture.result) ?? 'posture.unknown')}</span>
      </p>
      {posture.warnedUntilMs !== undefined && (
        <p>{phrases.weave('device.warned', { time: <MomentText atMs={posture.warnedUntilMs} scene={scene} /> })}</p>
      )}
      {posture.blocks.length > 0 && (
        <p>{phrases.weave('device.blocks', { apps: <Titles titles={posture.blocks} /> })}</p>
      )}
      {posture.blocks.length === 0 && posture.apps.length > 0 && (
        <p>{phrases.weave('device.asked_by', { apps: <Titles titles={posture.apps} /> })}</p>
      )}
      {posture.checks.length > 0 && <CheckList checks={sortChecks(posture.checks)} scene={scene} />}
    </section>
  );
}

function Titles({ titles }: { readonly titles: readonly string[] }): JSX.Element {
  return (
    <>
      {titles.flatMap((title, index) => {
        const name = <bdi key={title}>{clipText(title)}</bdi>;
        return index === 0 ? [name] : [', ', name];
      })}
    </>
  );
}
