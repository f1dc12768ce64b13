import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { type Concern, contactTarget } from './contact-target.ts';
import type { Scene } from './scene.ts';

/** Whom to ask: an e-mail address or a page becomes a link, anything else stays text. */
export function OwnerContact(props: {
  readonly owner: string;
  readonly concern: Concern;
  readonly scene: Scene;
}): JSX.Element {
  const { owner, concern, scene } = props;
  const target = contactTarget(owner, concern, scene);
  const name = <bdi>{clipText(owner)}</bdi>;
  return target === undefined ? name : <a href={target}>{name}</a>;
}
