import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import type { Page } from './page.ts';
import { sendOnField, sendOnPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { appElement } from './weave-reason.tsx';

/**
 * A page of another site has posted something to an app, as a sign-in at another provider does. The person says whether it
 * is handed on; the button is on this host, so that the browser brings the session with it.
 */
export function SentHerePage(props: {
  readonly page: Extract<Page, { readonly kind: 'sent_here' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  const app = appElement(phrases, page.app);
  const from = page.from === undefined ? phrases.say('sent_here.somewhere') : <bdi>{clipText(page.from)}</bdi>;
  const openUrl = linkTarget(page.openUrl);
  const isWaiting = page.asks !== 'nothing';
  return (
    <Layout scene={scene} title={phrases.say('sent_here.title')}>
      <article class="card">
        <Headline icon="question" tone={isWaiting ? 'warn' : 'info'} lead={phrases.weave('sent_here.from', { from })}>
          {phrases.weave('sent_here.headline', { app })}
        </Headline>
        <p>{phrases.say(isWaiting ? `sent_here.${page.asks}` : 'sent_here.detail')}</p>
        <form class="actions" method="post" action={sendOnPath}>
          <input type="hidden" name={sendOnField} value={page.sealed} />
          {isWaiting && openUrl !== undefined && (
            <a class="button" href={openUrl} target="_blank" rel="noopener">
              {phrases.say(page.asks === 'proof' ? 'action.confirm' : 'action.sign_in')} {phrases.say('action.new_tab')}
            </a>
          )}
          <button type="submit" class={isWaiting ? 'button second' : 'button'}>
            {phrases.say('action.continue')}
          </button>
        </form>
      </article>
    </Layout>
  );
}
