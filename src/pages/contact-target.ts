import { linkTarget, mailTarget } from './link-target.ts';
import type { AppSummary } from './page.ts';
import type { Scene } from './scene.ts';
import { supportLines } from './support-details.tsx';
import { appTitle } from './weave-reason.tsx';

/** What somebody writes for. */
export interface Concern {
  readonly app: AppSummary | undefined;
  /** The reason's code. */
  readonly reason: string;
}

/**
 * Where to write to a contact, with what they need to look it up filled in: a message with subject and text for an e-mail
 * address, or a page that is told `decision` and `app` in its query. `undefined` for a contact that is neither, such as a
 * name or a telephone number. Nothing of it is secret, and a page is not told who asks.
 */
export function contactTarget(contact: string, { app, reason }: Concern, scene: Scene): string | undefined {
  const { phrases, context } = scene;
  const subject = phrases.say('support.mail_subject', { app: appTitle(phrases, app), id: context.decisionId });
  const details = supportLines({ scene, app, reason }).map(([label, value]) => `${label}: ${value}`);
  const mail = mailTarget(contact, subject, `\r\n\r\n${details.join('\r\n')}`);
  if (mail !== undefined) return mail;
  const page = contact.startsWith('/') ? undefined : linkTarget(contact);
  if (page === undefined || page.startsWith('mailto:')) return page;
  const url = new URL(page);
  url.searchParams.set('decision', context.decisionId);
  if (app !== undefined) url.searchParams.set('app', app.name);
  return url.href;
}
