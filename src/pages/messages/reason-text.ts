/** The texts of one reason. Slots: `{app}` inside a sentence, `{App}` at its beginning. */
export interface ReasonText {
  /** A constant name for problem bodies (RFC 9457 §3.1.3: it does not change from one occurrence to the next). No slots. */
  readonly title: string;
  /** The page's headline: a full phrase with the app and the state. */
  readonly headline: string;
  /** What happened and what to do, in whole sentences. */
  readonly detail: string;
}
