import type { Phrasebook } from './messages/phrasebook.ts';
import type { PageContext } from './page.ts';

/** What every view is given beside its page. */
export interface Scene {
  readonly phrases: Phrasebook;
  readonly context: PageContext;
  /** IANA name of the zone that times are shown in; the zone is named beside each time. */
  readonly timeZone: string;
  /** Whom to ask about what is nobody's app: an e-mail address, a page, or words. */
  readonly help?: string | undefined;
  /** Who greets: the company's name, or the product's. */
  readonly productName: string;
}
