import type { JSX } from 'preact';
import { CheckList, sortChecks } from './check-list.tsx';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import type { PlainPhraseKey } from './messages/phrasebook.ts';
import { MomentText } from './moment.tsx';
import type { Page } from './page.ts';
import type { Scene } from './scene.ts';

type DevicePageData = Extract<Page, { readonly kind: 'device' }>;

const results: ReadonlyMap<string, PlainPhraseKey> = new Map([
  ['pass', 'posture.pass'],
  ['warned', 'posture.warned'],
  ['fail', 'posture.fail'],
  ['stale', 'posture.stale'],
  ['unknown', 'posture.unknown'],
  ['unavailable', 'posture.unavailable'],
]);

/** What is known about the device, which check each fact meets, and which apps wait for it. */
export function DevicePage({ page, scene }: { readonly page: DevicePageData; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  if (page.deviceId === undefined) return <UnknownDevice scene={scene} />;
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
        <p class="quiet split">{phrases.say('device.privacy')}</p>
      </article>
    </Layout>
  );
}

function UnknownDevice({ scene }: { readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  return (
    <Layout scene={scene} title={phrases.say('device.unknown')}>
      <article class="card">
        <Headline icon="device" tone="warn" lead={phrases.say('device.unknown.detail')}>
          {phrases.say('device.unknown')}
        </Headline>
      </article>
    </Layout>
  );
}

function PostureSection(props: {
  readonly posture: DevicePageData['postures'][number];
  readonly scene: Scene;
}): JSX.Element {
  const { posture, scene } = props;
  const { phrases } = scene;
  const blocks = posture.result === 'pass' || posture.result === 'warned' ? [] : posture.blocks;
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
      {blocks.length > 0 && (
        <p>
          {phrases.weave('device.blocks', {
            apps: (
              <>
                {blocks.flatMap((app, index) => {
                  const name = <bdi key={app}>{clipText(app)}</bdi>;
                  return index === 0 ? [name] : [', ', name];
                })}
              </>
            ),
          })}
        </p>
      )}
      {posture.checks.length > 0 && <CheckList checks={sortChecks(posture.checks)} scene={scene} />}
    </section>
  );
}
