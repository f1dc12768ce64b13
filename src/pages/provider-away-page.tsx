import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import { linkTarget } from './link-target.ts';
import { OwnerContact } from './owner-contact.tsx';
import type { Page } from './page.ts';
import { portalPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { SupportDetails } from './support-details.tsx';
import { appElement, appTitle } from './weave-reason.tsx';

type ProviderAway = Extract<Page, { readonly kind: 'provider_away' }>;

const reason = 'idp_unavailable';

/** A provider that does not answer us: whose app waits, what else opens it, and whom to ask. */
export function ProviderAwayPage({ page, scene }: { readonly page: ProviderAway; readonly scene: Scene }): JSX.Element {
  const { phrases, context } = scene;
  const { app } = page;
  const provider = <bdi>{clipText(page.providerTitle)}</bdi>;
  const plain = phrases.say(page.isSignedIn ? 'away.headline_proof' : 'away.headline');
  const namesApp = app !== undefined && !page.isSignedIn;
  const title = namesApp ? phrases.say('away.headline_app', { app: appTitle(phrases, app) }) : plain;
  const contact = scene.help ?? app?.owner;
  const anywayUrl = linkTarget(page.anywayUrl);
  const portalUrl = page.isSignedIn ? `${context.authOrigin}${portalPath}` : undefined;
  return (
    <Layout scene={scene} title={title} linksToPortal={false}>
      <article class="card">
        <Headline icon="plug" tone="danger" lead={phrases.weave('away.detail', { provider })}>
          {namesApp ? phrases.weave('away.headline_app', { app: appElement(phrases, app) }) : plain}
        </Headline>
        <div class="actions">
          <LinkButton url={page.retryUrl}>{phrases.say('action.try_again')}</LinkButton>
          {page.others.map(({ title: other, url }) => (
            <LinkButton key={url} url={url} isSecond>
              {phrases.weave('choice.with', { provider: <bdi>{clipText(other)}</bdi> })}
            </LinkButton>
          ))}
          <LinkButton url={portalUrl} isSecond>
            {phrases.say('nav.apps')}
          </LinkButton>
        </div>
        {anywayUrl !== undefined && (
          <p class="split">
            {phrases.say('away.anyway.hint')} <a href={anywayUrl}>{phrases.weave('away.anyway', { provider })}</a>
          </p>
        )}
        {contact !== undefined && (
          <p class={anywayUrl === undefined ? 'split' : undefined}>
            {phrases.weave('away.ask', {
              contact: <OwnerContact owner={contact} concern={{ app, reason }} scene={scene} />,
            })}
          </p>
        )}
        <SupportDetails scene={scene} app={app} reason={reason} />
      </article>
    </Layout>
  );
}
