import type { JSX } from 'preact';
import { reasonCatalogue } from '../decision/reason.ts';
import { DevicePage } from './device-page.tsx';
import { FramedRefusalPage } from './framed-refusal-page.tsx';
import type { Page } from './page.ts';
import { EnteredPage, WayInPage } from './past-worker-pages.tsx';
import { PortalPage } from './portal-page.tsx';
import { PostedTooLatePage } from './posted-too-late-page.tsx';
import { ProveBrowserPage } from './prove-browser-page.tsx';
import { ProviderAwayPage } from './provider-away-page.tsx';
import type { Refusal } from './refusal-actions.tsx';
import { RefusalPage } from './refusal-page.tsx';
import type { Scene } from './scene.ts';
import { SentHerePage } from './sent-here-page.tsx';
import { SessionDisownPage } from './session-disown-page.tsx';
import { SessionsPage } from './sessions-page.tsx';
import { SignInChoicePage } from './sign-in-choice-page.tsx';
import { SignInProblemPage } from './sign-in-problem-page.tsx';
import { SignOutConfirmPage } from './sign-out-confirm-page.tsx';
import { SignedOutPage } from './signed-out-page.tsx';
import { StepUpPage } from './step-up-page.tsx';

/** Chooses the view of a page. */
export function PageView({ page, scene }: { readonly page: Page; readonly scene: Scene }): JSX.Element {
  switch (page.kind) {
    case 'refusal':
      return <RefusalView page={tellOnlyWhatMayBeKnown(page)} scene={scene} />;
    case 'way_in':
      return <WayInPage page={page} scene={scene} />;
    case 'entered':
      return <EnteredPage page={page} scene={scene} />;
    case 'sent_here':
      return <SentHerePage page={page} scene={scene} />;
    case 'sign_in_choice':
      return <SignInChoicePage page={page} scene={scene} />;
    case 'sign_in_problem':
      return <SignInProblemPage page={page} scene={scene} />;
    case 'step_up':
      return <StepUpPage page={page} scene={scene} />;
    case 'provider_away':
      return <ProviderAwayPage page={page} scene={scene} />;
    case 'portal':
      return <PortalPage page={page} scene={scene} />;
    case 'device':
      return <DevicePage page={page} scene={scene} />;
    case 'prove_browser':
      return <ProveBrowserPage page={page} scene={scene} />;
    case 'sessions':
      return <SessionsPage page={page} scene={scene} />;
    case 'session_disown':
      return <SessionDisownPage page={page} scene={scene} />;
    case 'sign_out_confirm':
      return <SignOutConfirmPage page={page} scene={scene} />;
    case 'signed_out':
      return <SignedOutPage page={page} scene={scene} />;
  }
}

function RefusalView({ page, scene }: { readonly page: Refusal; readonly scene: Scene }): JSX.Element {
  if (page.isFramed) return <FramedRefusalPage page={page} scene={scene} />;
  if (page.isPosted && reasonCatalogue[page.reason].status === 401)
    return <PostedTooLatePage page={page} scene={scene} />;
  return <RefusalPage page={page} scene={scene} />;
}

/** Whether a route exists is not told (security-rules.md 18), so its page is the same whatever was passed along. */
function tellOnlyWhatMayBeKnown(page: Refusal): Refusal {
  if (page.reason !== 'route_unknown') return page;
  return {
    ...page,
    app: undefined,
    checks: [],
    posture: undefined,
    requirements: [],
    signals: [],
    userMessage: undefined,
    deviceUrl: undefined,
  };
}
