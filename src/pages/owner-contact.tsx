import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { linkTarget, mailTarget } from './link-target.ts';

/** Whom to ask: an e-mail address or a page becomes a link, anything else stays text. */
export function OwnerContact({ owner, subject }: { readonly owner: string; readonly subject: string }): JSX.Element {
  const target = mailTarget(owner, subject) ?? (owner.startsWith('/') ? undefined : linkTarget(owner));
  const name = <bdi>{clipText(owner)}</bdi>;
  return target === undefined ? name : <a href={target}>{name}</a>;
}
