import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import type { Page } from './page.ts';
import type { Scene } from './scene.ts';

/** The end of a session: what is closed now, and what may still be open at the provider. */
export function SignedOutPage(props: {
  readonly page: Extract<Page, { readonly kind: 'signed_out' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  const url = linkTarget(page.signInUrl);
  return (
    <Layout scene={scene} title={phrases.say('signed_out.headline')} linksToPortal={false}>
      <article class="card">
        <Headline icon="check" tone="ok" lead={phrases.say('signed_out.detail')}>
          {phrases.say('signed_out.headline')}
        </Headline>
        {page.providerTitle !== undefined && (
          <p class="note warn">
            {phrases.weave('signed_out.provider', { provider: <bdi>{clipText(page.providerTitle)}</bdi> })}
          </p>
        )}
        {url !== undefined && (
          <div class="actions">
            <a class="button" href={url}>
              {phrases.say('action.sign_in_again')}
            </a>
          </div>
        )}
      </article>
    </Layout>
  );
}
