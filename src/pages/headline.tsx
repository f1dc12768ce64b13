import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** The top of a page: a picture, what is the case, and what it means. */
export function Headline(props: {
  readonly icon: IconName;
  readonly tone: 'info' | 'warn' | 'danger' | 'ok';
  readonly children: ComponentChildren;
  readonly lead?: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <span class={`badge ${props.tone}`}>
        <Icon name={props.icon} />
      </span>
      <h1>{props.children}</h1>
      {props.lead !== undefined && <p class="lead">{props.lead}</p>}
    </div>
  );
}
