import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import { formatDuration } from './messages/format-duration.ts';
import { MomentText } from './moment.tsx';
import type { Page } from './page.ts';
import type { Scene } from './scene.ts';
import { appElement, sayApp, weaveApp } from './weave-reason.tsx';

type StepUp = Extract<Page, { readonly kind: 'step_up' }>;

interface StepUpProps {
  readonly page: StepUp;
  readonly scene: Scene;
}

/** Before somebody is sent to their provider for a proof: which app wants it, what it wants and why, and a way back. */
export function StepUpPage({ page, scene }: StepUpProps): JSX.Element {
  const { phrases } = scene;
  const { headline } = phrases.reason('step_up_required');
  return (
    <Layout scene={scene} title={sayApp(phrases, headline, page.app)} linksToPortal={false}>
      <article class="card">
        <Headline icon="key" tone="info" lead={<Demand page={page} scene={scene} />}>
          {weaveApp(phrases, headline, page.app)}
        </Headline>
        <p>
          {page.provedAtMs === undefined
            ? phrases.say('step_up.never')
            : phrases.weave('step_up.last', { time: <MomentText atMs={page.provedAtMs} scene={scene} /> })}
        </p>
        <Unusual page={page} scene={scene} />
        <p>{phrases.weave('step_up.where', { provider: <bdi>{clipText(page.providerTitle)}</bdi> })}</p>
        {page.app !== undefined && (
          <p class="quiet">
            <bdi>{clipText(page.app.host)}</bdi>
          </p>
        )}
        <div class="actions">
          <LinkButton url={page.continueUrl}>{phrases.say('action.continue')}</LinkButton>
          <LinkButton url={page.notNowUrl} isSecond>
            {phrases.say('action.not_now')}
          </LinkButton>
        </div>
      </article>
    </Layout>
  );
}

/** The rule's demand in plain words: which proofs will do, and how old one may be. */
function Demand({ page, scene: { phrases } }: StepUpProps): JSX.Element {
  const App = page.app === undefined ? phrases.say('app.unnamed_capital') : appElement(phrases, page.app);
  const names = page.methods.map((method) => phrases.say(`method.${method}`));
  const methods = new Intl.ListFormat(phrases.language, { type: 'disjunction' }).format(names);
  const kind = page.methods.includes('password') ? 'any' : 'second';
  return (
    <>
      {page.maxAgeMs === undefined
        ? phrases.weave(`step_up.${kind}`, { App, methods })
        : phrases.weave(`step_up.${kind}_fresh`, {
            App,
            methods,
            age: formatDuration(page.maxAgeMs, phrases.language),
          })}
    </>
  );
}

/** Risk asks: what is unusual, as far as this person may know it. */
function Unusual({ page, scene: { phrases } }: StepUpProps): JSX.Element | null {
  if (!page.isUnusual) return null;
  return (
    <section class="note warn">
      <p>{phrases.say('step_up.unusual')}</p>
      {page.signals.length > 0 && (
        <ul class="dots">
          {page.signals.map((signal) => (
            <li key={signal}>{phrases.say(`signal.${signal}`)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
