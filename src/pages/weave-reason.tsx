import type { ComponentChildren, JSX } from 'preact';
import type { LocalText } from '../config/values/local-text.ts';
import { clipText } from './clip-text.ts';
import { fillSlots } from './messages/fill-slots.ts';
import { appSlots, type Phrasebook } from './messages/phrasebook.ts';
import { OwnText } from './own-text.tsx';

interface Titled {
  readonly title: LocalText;
}

/** The app's title in words, cut to a sensible length. */
export function appTitle(phrases: Phrasebook, app: Titled | undefined): string {
  return clipText(appSlots(phrases, app).app);
}

/** A reason's text with the app's title as an element of its own, so that its writing direction stays inside it. */
export function weaveApp(phrases: Phrasebook, text: string, app: Titled | undefined): ComponentChildren {
  const App = app === undefined ? phrases.say('app.unnamed_capital') : appElement(phrases, app);
  return fillSlots<ComponentChildren>(text, { app: appElement(phrases, app), App });
}

/** A reason's text as plain text. */
export function sayApp(phrases: Phrasebook, text: string, app: Titled | undefined): string {
  const { app: inside, App: first } = appSlots(phrases, app);
  return fillSlots<string>(text, { app: clipText(inside), App: clipText(first) }).join('');
}

/** The app's title as an element, or words for an app that has none here. */
export function appElement(phrases: Phrasebook, app: Titled | undefined): JSX.Element | string {
  return app === undefined ? phrases.say('app.unnamed') : <OwnText text={app.title} phrases={phrases} />;
}
