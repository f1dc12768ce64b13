import type { JSX } from 'preact';
import { formTokenField } from './paths.ts';
import type { Scene } from './scene.ts';

/** The sign-out button: a form, so that no link or picture on another page can press it. */
export function SignOutForm(props: {
  readonly scene: Scene;
  readonly token: string;
  /** Where to post; the page's own address when left out. */
  readonly action?: string | undefined;
  readonly size: 'small' | 'normal';
}): JSX.Element {
  return (
    <form method="post" action={props.action}>
      <input type="hidden" name={formTokenField} value={props.token} />
      <button type="submit" class={props.size === 'small' ? 'button second small' : 'button'}>
        {props.scene.phrases.say('action.sign_out')}
      </button>
    </form>
  );
}
