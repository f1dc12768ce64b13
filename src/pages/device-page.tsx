import type { JSX } from 'preact';
import type { LocalText } from '../config/values/local-text.ts';
import { BrowserSection } from './browser-section.tsx';
import { CheckList, sortChecks } from './check-list.tsx';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import { linkTarget } from './link-target.ts';
import { nameInWords } from './messages/check-names.ts';
import type { PlainPhraseKey } from './messages/phrasebook.ts';
import { MomentText } from './moment.tsx';
import { OwnText } from './own-text.tsx';
import type { Page, PostureStanding } from './page.ts';
import { devicePath } from './paths.ts';
import type { Scene } from './scene.ts';
import { SupportDetails } from './support-details.tsx';

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
  const isKnown = page.deviceId !== undefined;
  const isFine = isKnown && page.postures.every((posture) => posture.result === 'pass');
  const certificateUrl = linkTarget(page.certificateUrl);
  const first = firstOf(page, certificateUrl);
  const headline = phrases.say(isKnown ? 'device.headline' : 'device.unknown');
  return (
    <Layout scene={scene} title={headline}>
      <article class="card">
        <Headline icon="device" tone={isFine ? 'ok' : 'warn'} lead={phrases.say(leadOf(page))}>
          {headline}
        </Headline>
        {!isKnown && (
          <p>{phrases.say(certificateUrl === undefined ? 'device.unknown.here' : 'device.unknown.elsewhere')}</p>
        )}
        {page.postures.map((posture) => (
          <PostureSection key={posture.posture} posture={posture} scene={scene} />
        ))}
        <div class="actions">
          <LinkButton url={certificateUrl}>{phrases.say('action.show_certificate')}</LinkButton>
          <LinkButton url={devicePath} isSecond={first !== 'check'}>
            {phrases.say('action.check_again')}
          </LinkButton>
          <p class="quiet">
            {phrases.weave('checks.last', { time: <MomentText atMs={scene.context.nowMs} scene={scene} /> })}
          </p>
        </div>
        {page.browsers !== undefined && (
          <BrowserSection browsers={page.browsers} scene={scene} isSecond={first !== 'register'} />
        )}
        <section class="split">
          <p class="quiet">{phrases.say('device.privacy')}</p>
          <SupportDetails scene={scene} deviceId={page.deviceId} />
        </section>
      </article>
    </Layout>
  );
}

/** What helps most here, and is the button to press: to be seen, to be checked again, or to register this browser. */
function firstOf(page: DevicePageData, certificateUrl: string | undefined): 'certificate' | 'check' | 'register' {
  if (certificateUrl !== undefined) return 'certificate';
  const mayRegister = page.browsers !== undefined && page.browsers.registration !== 'full';
  return mayRegister && page.postures.every(({ result }) => result === 'pass') ? 'register' : 'check';
}

function leadOf(page: DevicePageData): PlainPhraseKey {
  if (page.deviceId === undefined) return 'device.unknown.detail';
  return page.postures.length === 0 ? 'device.no_postures' : 'device.known';
}

function PostureSection({ posture, scene }: { readonly posture: PostureStanding; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  return (
    <section class="split">
      <h2>
        <OwnText text={posture.title ?? nameInWords(posture.posture)} phrases={phrases} />
      </h2>
      <p class={posture.result === 'pass' ? 'pass' : 'unknown'}>
        <span class="state">{phrases.say(results.get(posture.result) ?? 'posture.unknown')}</span>
      </p>
      {posture.warnedUntilMs !== undefined && (
        <p>{phrases.weave('device.warned', { time: <MomentText atMs={posture.warnedUntilMs} scene={scene} /> })}</p>
      )}
      {posture.blocks.length > 0 && (
        <p>
          {phrases.weave(posture.result === 'unavailable' ? 'device.blocks_unchecked' : 'device.blocks', {
            apps: <Titles titles={posture.blocks} scene={scene} />,
          })}
        </p>
      )}
      {posture.blocks.length === 0 && posture.apps.length > 0 && (
        <p>{phrases.weave('device.asked_by', { apps: <Titles titles={posture.apps} scene={scene} /> })}</p>
      )}
      {posture.checks.length > 0 && <CheckList checks={sortChecks(posture.checks)} scene={scene} />}
    </section>
  );
}

function Titles(props: { readonly titles: readonly LocalText[]; readonly scene: Scene }): JSX.Element {
  return (
    <>
      {props.titles.flatMap((title, index) => {
        const name = <OwnText key={String(index)} text={title} phrases={props.scene.phrases} />;
        return index === 0 ? [name] : [', ', name];
      })}
    </>
  );
}
