import type { JSX } from 'preact';
import type { ReasonCode } from '../decision/reason.ts';
import { clipText } from './clip-text.ts';
import { ConnectionChain } from './connection-chain.tsx';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { MomentText } from './moment.tsx';
import { OtherWays } from './other-ways.tsx';
import { ActionRow, actionsOf, type Refusal } from './refusal-actions.tsx';
import { RefusalChecks } from './refusal-checks.tsx';
import { refusalGuides } from './refusal-guide.ts';
import type { Scene } from './scene.ts';
import { SupportDetails } from './support-details.tsx';
import { appElement, sayApp, weaveApp } from './weave-reason.tsx';

const longestMessage = 1000;

/** Only an upstream that broke in the middle leaves open what became of a form. */
const brokeInTheMiddle: ReadonlySet<ReasonCode> = new Set(['upstream_unreachable', 'upstream_timeout']);

const saysThatNothingChanged: ReadonlySet<ReasonCode> = new Set(['method_not_granted']);

interface RefusalProps {
  readonly page: Refusal;
  readonly scene: Scene;
}

/** The page that says why not, and what to do about it. */
export function RefusalPage({ page, scene }: RefusalProps): JSX.Element {
  const { phrases } = scene;
  const texts = phrases.reason(page.reason);
  const guide = refusalGuides[page.reason];
  const actions = actionsOf(page, scene);
  const isUncertain = page.isPosted && brokeInTheMiddle.has(page.reason);
  return (
    <Layout scene={scene} title={sayApp(phrases, texts.headline, page.app)} switchAccountUrl={page.switchAccountUrl}>
      <article class="card">
        <Headline
          icon={guide.icon}
          tone={guide.tone}
          lead={isUncertain ? <Uncertain page={page} scene={scene} /> : weaveApp(phrases, texts.detail, page.app)}
        >
          {weaveApp(phrases, texts.headline, page.app)}
        </Headline>
        {page.nextOpening !== undefined && (
          <p class="note">
            {phrases.weave('hours.opens', {
              App: appElement(phrases, page.app),
              time: <MomentText atMs={page.nextOpening.atMs} scene={{ ...scene, timeZone: page.nextOpening.zone }} />,
            })}
          </p>
        )}
        <LockNote page={page} scene={scene} />
        <OwnersMessage page={page} scene={scene} />
        {page.isPosted && !isUncertain && !saysThatNothingChanged.has(page.reason) && (
          <p class="note warn">{phrases.say('posted.nothing_saved')}</p>
        )}
        {page.reason === 'upstream_unreachable' && (
          <ConnectionChain scene={scene} app={page.app} trouble="chain.broken" />
        )}
        {page.reason === 'upstream_timeout' && <ConnectionChain scene={scene} app={page.app} trouble="chain.slow" />}
        <RefusalChecks checks={page.checks} posture={page.posture} scene={scene} />
        <Requirements page={page} scene={scene} />
        <Signals page={page} scene={scene} />
        <div class="actions">
          <ActionRow actions={actions} />
          {page.lastCheckedMs !== undefined && (
            <p class="quiet">
              {phrases.weave('checks.last', { time: <MomentText atMs={page.lastCheckedMs} scene={scene} /> })}
            </p>
          )}
        </div>
        <OtherWays page={page} scene={scene} offered={new Set(actions.map((action) => action.url))} />
        <SupportDetails scene={scene} app={page.app} reason={page.reason} />
      </article>
    </Layout>
  );
}

/** What happened to a form whose upstream broke in the middle. In place of the detail, which says to try again. */
function Uncertain({ page, scene: { phrases } }: RefusalProps): JSX.Element {
  return <strong>{phrases.weave('posted.uncertain', { app: appElement(phrases, page.app) })}</strong>;
}

function LockNote({ page: { lock }, scene }: RefusalProps): JSX.Element | null {
  if (lock === undefined) return null;
  const { phrases } = scene;
  return (
    <>
      {lock.untilMs !== undefined && (
        <p>{phrases.weave('lock.until', { time: <MomentText atMs={lock.untilMs} scene={scene} /> })}</p>
      )}
      {lock.message !== undefined && (
        <div class="note">
          <p class="quiet">{phrases.say('lock.title')}</p>
          <blockquote dir="auto">{clipText(lock.message, longestMessage)}</blockquote>
        </div>
      )}
    </>
  );
}

function OwnersMessage({ page, scene }: RefusalProps): JSX.Element | null {
  const message = page.userMessage === undefined ? undefined : scene.phrases.choose(page.userMessage);
  if (message === undefined) return null;
  return (
    <div class="note">
      <p class="quiet">{scene.phrases.weave('message.title', { app: appElement(scene.phrases, page.app) })}</p>
      <blockquote lang={message.language} dir="auto">
        {clipText(message.text, longestMessage)}
      </blockquote>
    </div>
  );
}

function Signals({ page, scene }: RefusalProps): JSX.Element | null {
  const { signals = [] } = page;
  if (signals.length === 0) return null;
  return (
    <section>
      <h2>{scene.phrases.say('signals.title')}</h2>
      <ul class="dots">
        {signals.map((signal) => (
          <li key={signal}>{scene.phrases.say(`signal.${signal}`)}</li>
        ))}
      </ul>
    </section>
  );
}

function Requirements({ page, scene }: RefusalProps): JSX.Element | null {
  if (page.requirements.length === 0) return null;
  return (
    <section>
      <h2>{scene.phrases.weave('requirements.title', { app: appElement(scene.phrases, page.app) })}</h2>
      <ul class="dots">
        {page.requirements.map((requirement) => (
          <li key={requirement}>{scene.phrases.say(`requirement.${requirement}`)}</li>
        ))}
      </ul>
    </section>
  );
}
