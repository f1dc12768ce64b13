import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import type { Refusal } from './refusal-actions.tsx';
import type { Scene } from './scene.ts';
import { SupportDetails } from './support-details.tsx';
import { appElement } from './weave-reason.tsx';

/**
 * A form that was sent after the sign-in had ended. A redirect would lose what was typed, so this page says that
 * nothing was saved and how to send it again from the same tab.
 */
export function PostedTooLatePage({ page, scene }: { readonly page: Refusal; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  const asksForProof = page.reason === 'step_up_required' || page.reason === 'reauth_required';
  const url = linkTarget(page.signInUrl ?? page.retryUrl);
  const app = appElement(phrases, page.app);
  const title = asksForProof ? phrases.reason(page.reason).title : phrases.say('posted.headline');
  return (
    <Layout scene={scene} title={title} switchAccountUrl={page.switchAccountUrl}>
      <article class="card">
        <Headline
          icon={asksForProof ? 'key' : 'clock'}
          tone="warn"
          lead={<strong>{phrases.say('posted.nothing_saved')}</strong>}
        >
          {asksForProof ? phrases.weave('posted.headline_proof', { app }) : phrases.say('posted.headline')}
        </Headline>
        <section>
          <p>{phrases.say('posted.how')}</p>
          <ol class="steps">
            <li>{phrases.say(asksForProof ? 'posted.step_confirm' : 'posted.step_sign_in')}</li>
            <li>{phrases.say('posted.step_back')}</li>
            <li>{phrases.say('posted.step_send')}</li>
          </ol>
        </section>
        {url !== undefined && (
          <div class="actions">
            <a class="button" href={url} target="_blank" rel="noopener">
              {phrases.say(asksForProof ? 'action.confirm' : 'action.sign_in')} {phrases.say('action.new_tab')}
            </a>
          </div>
        )}
        <SupportDetails scene={scene} app={page.app} reason={page.reason} />
      </article>
    </Layout>
  );
}
