import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import type { Page } from './page.ts';
import type { Scene } from './scene.ts';
import { appElement, appTitle } from './weave-reason.tsx';

/** Which way to sign in, and for which app. */
export function SignInChoicePage(props: {
  readonly page: Extract<Page, { readonly kind: 'sign_in_choice' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  const { app } = page;
  const providers = page.providers.flatMap(({ title, url, isAway }) => {
    const target = linkTarget(url);
    return target === undefined ? [] : [{ title, target, isAway }];
  });
  const title =
    app === undefined
      ? phrases.say('choice.headline')
      : phrases.say('choice.headline_app', { app: appTitle(phrases, app) });
  return (
    <Layout scene={scene} title={title} linksToPortal={false}>
      <article class="card">
        <Headline
          icon="person"
          tone="info"
          lead={phrases.say(providers.length === 0 ? 'choice.none' : 'choice.detail')}
        >
          {app === undefined
            ? phrases.say('choice.headline')
            : phrases.weave('choice.headline_app', { app: appElement(phrases, app) })}
        </Headline>
        {app !== undefined && (
          <p class="quiet">
            <bdi>{clipText(app.host)}</bdi>
          </p>
        )}
        {providers.length > 0 && (
          <ul class="choices">
            {providers.map(({ title: provider, target, isAway }, index) => (
              <li key={target}>
                <a class={index === 0 ? 'button' : 'button second'} href={target}>
                  {phrases.weave('choice.with', { provider: <bdi>{clipText(provider)}</bdi> })}
                  {isAway && ` (${phrases.say('choice.away')})`}
                </a>
              </li>
            ))}
          </ul>
        )}
      </article>
    </Layout>
  );
}
