import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import type { Page } from './page.ts';
import { portalPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { SignOutForm } from './sign-out-form.tsx';

/** Asks before signing out. The form posts to the page's own address. */
export function SignOutConfirmPage(props: {
  readonly page: Extract<Page, { readonly kind: 'sign_out_confirm' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  return (
    <Layout scene={scene} title={phrases.say('sign_out.headline')}>
      <article class="card">
        <Headline icon="person" tone="info" lead={phrases.say('sign_out.detail')}>
          {phrases.say('sign_out.headline')}
        </Headline>
        <div class="actions">
          <SignOutForm scene={scene} token={page.signOutToken} size="normal" />
          <LinkButton url={`${scene.context.authOrigin}${portalPath}`} isSecond>
            {phrases.say('action.stay')}
          </LinkButton>
        </div>
      </article>
    </Layout>
  );
}
