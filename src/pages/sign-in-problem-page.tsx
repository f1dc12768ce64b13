import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import type { IconName } from './icon.tsx';
import { Layout } from './layout.tsx';
import { LinkButton } from './link-button.tsx';
import { linkTarget } from './link-target.ts';
import { OwnerContact } from './owner-contact.tsx';
import type { Page } from './page.ts';
import { portalPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { SupportDetails } from './support-details.tsx';
import { appElement, appTitle } from './weave-reason.tsx';

type SignInProblem = Extract<Page, { readonly kind: 'sign_in_problem' }>;

const looks: Readonly<
  Record<SignInProblem['problem'], { readonly icon: IconName; readonly tone: 'info' | 'warn' | 'danger' }>
> = {
  lost: { icon: 'clock', tone: 'info' },
  cancelled: { icon: 'person', tone: 'info' },
  step_up_cancelled: { icon: 'person', tone: 'info' },
  refused: { icon: 'warning', tone: 'warn' },
  account_not_allowed: { icon: 'lock', tone: 'warn' },
  cookies_missing: { icon: 'warning', tone: 'warn' },
};

/** A sign-in that did not work: the cause, and one next step. Who is signed in all the same also has a way back. */
export function SignInProblemPage(props: { readonly page: SignInProblem; readonly scene: Scene }): JSX.Element {
  const { page, scene } = props;
  const { phrases, context } = scene;
  const { app } = page;
  const isStillSignedIn = page.problem === 'step_up_cancelled';
  const headline =
    isStillSignedIn && app !== undefined
      ? phrases.say('problem.step_up_cancelled_app', { app: appTitle(phrases, app) })
      : phrases.say(`problem.${page.problem}`);
  const url = linkTarget(page.continueUrl);
  const portalUrl = isStillSignedIn ? `${context.authOrigin}${portalPath}` : undefined;
  return (
    <Layout scene={scene} title={headline} linksToPortal={false}>
      <article class="card">
        <Headline {...looks[page.problem]} lead={phrases.say(`problem.${page.problem}.detail`)}>
          {headline}
        </Headline>
        {url !== undefined && (
          <div class="actions">
            <a class="button" href={url}>
              {phrases.say(isStillSignedIn ? 'action.try_again' : 'action.continue')}
            </a>
            <LinkButton url={portalUrl} isSecond>
              {phrases.say('nav.apps')}
            </LinkButton>
          </div>
        )}
        {app?.owner !== undefined && (
          <p class="split">
            {phrases.weave('ways.owner', {
              owner: (
                <OwnerContact owner={app.owner} concern={{ app, reason: `sign_in ${page.problem}` }} scene={scene} />
              ),
              app: appElement(phrases, app),
            })}
          </p>
        )}
        <SupportDetails scene={scene} app={app} reason={`sign_in ${page.problem}`} />
      </article>
    </Layout>
  );
}
