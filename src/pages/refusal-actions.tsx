import type { JSX } from 'preact';
import { contactTarget } from './contact-target.ts';
import { linkTarget } from './link-target.ts';
import type { Phrasebook, PlainPhraseKey } from './messages/phrasebook.ts';
import type { Page } from './page.ts';
import { devicePath, portalPath } from './paths.ts';
import { type ActionKind, refusalGuides } from './refusal-guide.ts';
import type { Scene } from './scene.ts';
import { appTitle } from './weave-reason.tsx';

export type Refusal = Extract<Page, { readonly kind: 'refusal' }>;

/** Something to press: a plain link, so that it works without scripts and shows where it goes. */
export interface Action {
  readonly label: string;
  readonly url: string;
}

/** What this refusal offers, the most useful first; what has no usable address is left out. */
export function actionsOf(page: Refusal, scene: Scene): readonly Action[] {
  const seen = new Set<string>();
  return refusalGuides[page.reason].actions.flatMap((kind) => {
    const { label, url } = offer(kind, page, scene);
    const target = linkTarget(url);
    if (target === undefined || seen.has(target)) return [];
    seen.add(target);
    return [{ label: labelOf(label, page, scene.phrases), url: target }];
  });
}

/** After a form was sent, the same address opens the app and sends nothing: "Try again" would promise something else. */
function labelOf(label: PlainPhraseKey | 'action.open_app', page: Refusal, phrases: Phrasebook): string {
  const reopens = label === 'action.try_again' || label === 'action.check_again';
  return label === 'action.open_app' || (page.isPosted && reopens)
    ? phrases.say('action.open_app', { app: appTitle(phrases, page.app) })
    : phrases.say(label);
}

interface Offer {
  readonly label: PlainPhraseKey | 'action.open_app';
  readonly url: string | undefined;
}

function offer(kind: ActionKind, page: Refusal, scene: Scene): Offer {
  const write = (contact: string | undefined): string | undefined =>
    contact === undefined ? undefined : contactTarget(contact, page, scene);
  switch (kind) {
    case 'sign_in':
      return { label: 'action.sign_in', url: page.signInUrl ?? page.retryUrl };
    case 'sign_in_again':
      return { label: 'action.sign_in_again', url: page.signInUrl ?? page.retryUrl };
    case 'confirm':
      return { label: 'action.confirm', url: page.signInUrl };
    case 'check_again':
      return { label: 'action.check_again', url: page.retryUrl };
    case 'try_again':
      return { label: 'action.try_again', url: page.retryUrl };
    case 'switch_account':
      return { label: 'account.switch', url: page.switchAccountUrl };
    case 'open_app':
      return { label: 'action.open_app', url: page.retryUrl };
    case 'device_page':
      return { label: 'action.device_page', url: `${scene.context.authOrigin}${devicePath}` };
    case 'sign_in_anew':
      return { label: 'action.sign_in_anew', url: page.switchAccountUrl };
    case 'ask_access':
      return { label: 'action.ask_access', url: write(page.app?.owner) };
    case 'ask_help':
      return { label: 'action.ask_help', url: write(scene.help ?? page.app?.owner) };
    case 'open_with_certificate':
      return { label: 'action.open_with_certificate', url: page.deviceUrl };
    case 'apps':
      return { label: 'nav.apps', url: `${scene.context.authOrigin}${portalPath}` };
  }
}

/** The actions in a row; the first one is the one to press. */
export function ActionRow({ actions }: { readonly actions: readonly Action[] }): JSX.Element {
  return (
    <>
      {actions.map((action, index) => (
        <a key={action.label} class={index === 0 ? 'button' : 'button second'} href={action.url}>
          {action.label}
        </a>
      ))}
    </>
  );
}
