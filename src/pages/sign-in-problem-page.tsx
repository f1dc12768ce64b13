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
  Record<
    SignInProblem['problem'],
    {
      readonly icon: IconName;
      readonly tone: 'info' | 'warn' | 'danger';
      /** What the one button says. */
      readonly action: 'action.continue' | 'action.try_again' | 'action.other_account';
    }
  >
> = {
  lost: { icon: 'clock', tone: 'info', action: 'action.continue' },
  cancelled: { icon: 'person', tone: 'info', action: 'action.continue' },
  step_up_cancelled: { icon: 'person', tone: 'info', action: 'action.try_again' },
  refused: { icon: 'warning', tone: 'warn', action: 'action.try_again' },
  account_not_allowed: { icon: 'lock', tone: 'warn', action: 'action.other_account' },
  cookies_missing: { icon: 'warning', tone: 'warn', action: 'action.continue' },
};

/** A sign-in that did not work: the cause, and one next step. Who is signed in all the same also has a way back. */
export function SignInProblemPage(props: { readonly page: SignInProblem; readonly scene: Scene }): JSX.Element {
  const { page, scene } = props;
  const { phrases, context } = scene;
  const { app } = page;
  const { icon, tone } = looks[page.problem];
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
        <Headline icon={icon} tone={tone} lead={phrases.say(`problem.${page.problem}.detail`)}>
          {headline}
        </Headline>
        {url !== undefined && (
          <div class="actions">
            <a class="button" href={url}>
              {phrases.say(looks[page.problem].action)}
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
