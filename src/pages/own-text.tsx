import type { JSX } from 'preact';
import type { LocalText } from '../config/values/local-text.ts';
import { clipText } from './clip-text.ts';
import type { Phrasebook } from './messages/phrasebook.ts';

/**
 * A text of the administrator in the language that suits the reader best. Where that is not the page's own, the element
 * says which it is, so that a screen reader speaks it right (WCAG 3.1.2); its writing direction stays inside it.
 */
export function OwnText(props: { readonly text: LocalText; readonly phrases: Phrasebook }): JSX.Element {
  const { text, phrases } = props;
  const chosen = phrases.choose(text);
  const language = chosen?.language === phrases.language ? undefined : chosen?.language;
  return <bdi lang={language}>{clipText(chosen?.text ?? '')}</bdi>;
}
