import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import { linkTarget } from './link-target.ts';
import type { Page } from './page.ts';
import type { Scene } from './scene.ts';
import { appElement } from './weave-reason.tsx';

/** Before an app whose service worker answers every navigation: the link that goes past it, and the app itself. */
export function WayInPage(props: {
  readonly page: Extract<Page, { readonly kind: 'way_in' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  const app = appElement(phrases, page.app);
  const enterUrl = linkTarget(page.enterUrl);
  return (
    <Layout scene={scene} title={phrases.say('way_in.title')}>
      <article class="card">
        <Headline icon="key" tone="info" lead={phrases.weave('way_in.why', { app })}>
          {phrases.weave('way_in.headline', { app })}
        </Headline>
        <p>{phrases.say('way_in.how')}</p>
        <div class="actions">
          {enterUrl !== undefined && (
            <a class="button" href={enterUrl} target="_blank" rel="noopener">
              {phrases.say('way_in.enter')} {phrases.say('action.new_tab')}
            </a>
          )}
          <LinkButton url={page.appUrl} isSecond>
            {phrases.weave('action.open_app', { app })}
          </LinkButton>
        </div>
      </article>
    </Layout>
  );
}

/** The end of that way, in a window that is of no more use. */
export function EnteredPage(props: {
  readonly page: Extract<Page, { readonly kind: 'entered' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  return (
    <Layout scene={scene} title={phrases.say('entered.title')} linksToPortal={false}>
      <article class="card">
        <Headline icon="check" tone="ok" lead={phrases.say('entered.how')}>
          {phrases.weave('entered.headline', { app: appElement(phrases, page.app) })}
        </Headline>
      </article>
    </Layout>
  );
}
