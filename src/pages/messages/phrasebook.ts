import type { LocalText } from '../../config/values/local-text.ts';
import type { ReasonCode } from '../../decision/reason.ts';
import { type ChosenText, chooseLanguage, chooseText, type Language, readAcceptLanguage } from './choose-language.ts';
import { english, type PhraseKey } from './english.ts';
import { englishReasons } from './english-reasons.ts';
import { fillSlots, type SlotNames, type Slots } from './fill-slots.ts';
import { german } from './german.ts';
import { germanReasons } from './german-reasons.ts';
import type { ReasonText } from './reason-text.ts';

/** Every text, by language. */
export const catalogue: Readonly<
  Record<
    Language,
    {
      readonly phrases: Readonly<Record<PhraseKey, string>>;
      readonly reasons: Readonly<Record<ReasonCode, ReasonText>>;
    }
  >
> = {
  en: { phrases: english, reasons: englishReasons },
  de: { phrases: german, reasons: germanReasons },
};

/** The slots of a phrase, as its English text has them. */
export type PhraseSlots<Key extends PhraseKey, Value> = Slots<(typeof english)[Key], Value>;
/** The phrases without slots. */
export type PlainPhraseKey = {
  [Key in PhraseKey]: [SlotNames<(typeof english)[Key]>] extends [never] ? Key : never;
}[PhraseKey];

type SlotArguments<Key extends PhraseKey, Value> =
  Record<never, never> extends PhraseSlots<Key, Value> ? [] : [slots: PhraseSlots<Key, Value>];

/** The texts for one reader. */
export interface Phrasebook {
  readonly language: Language;
  /** A phrase as plain text. */
  say<Key extends PhraseKey>(key: Key, ...slots: SlotArguments<Key, string>): string;
  /** A phrase in pieces, so that elements can stand in its slots. */
  weave<Key extends PhraseKey, Value>(
    key: Key,
    ...slots: SlotArguments<Key, Value | string>
  ): readonly (string | Value)[];
  reason(code: ReasonCode): ReasonText;
  /** `one` or `other`: which form of a phrase goes with a number. */
  pluralOf(count: number): 'one' | 'other';
  /** The text of an administrator that suits this reader best. */
  choose(texts: LocalText): ChosenText | undefined;
}

/** Opens the phrasebook that suits an `Accept-Language` header. */
export function openPhrasebook(acceptLanguage: string | undefined): Phrasebook {
  const wishes = readAcceptLanguage(acceptLanguage);
  const language = chooseLanguage(wishes);
  const { phrases, reasons } = catalogue[language];
  return {
    language,
    say: (key, ...[slots]) => fillSlots(phrases[key], slots ?? {}).join(''),
    weave: <Key extends PhraseKey, Value>(key: Key, ...[slots]: SlotArguments<Key, Value | string>) =>
      fillSlots<Value | string>(phrases[key], slots ?? {}),
    reason: (code) => reasons[code],
    pluralOf: (count) => (new Intl.PluralRules(language).select(count) === 'one' ? 'one' : 'other'),
    choose: (texts) => chooseText(texts, wishes, language),
  };
}

/** What stands in the `{app}` and `{App}` slots: the app's title, or words for an app that has none here. */
export function appSlots(
  phrases: Phrasebook,
  app: { readonly title: LocalText } | undefined,
): { readonly app: string; readonly App: string } {
  if (app === undefined) return { app: phrases.say('app.unnamed'), App: phrases.say('app.unnamed_capital') };
  const title = phrases.choose(app.title)?.text ?? '';
  return { app: title, App: title };
}
