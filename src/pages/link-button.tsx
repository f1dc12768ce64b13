import type { ComponentChildren, JSX } from 'preact';
import { linkTarget } from './link-target.ts';

/** A link that looks like a button; nothing where a page may not link there. `isSecond`: not the one that helps most. */
export function LinkButton(props: {
  readonly url: string | undefined;
  readonly isSecond?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element | null {
  const target = linkTarget(props.url);
  if (target === undefined) return null;
  return (
    <a class={props.isSecond === true ? 'button second' : 'button'} href={target}>
      {props.children}
    </a>
  );
}
