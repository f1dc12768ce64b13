import { accept, type Parsed, refuse } from './parsed.ts';
import type { Picture } from './picture.ts';

/** What makes the pages those of a company; what is absent is Postern's own. */
export interface Branding {
  readonly name?: string | undefined;
  readonly logo?: Picture | undefined;
  /** A link, or an e-mail address. */
  readonly help?: string | undefined;
  /** `#rrggbb`, as the company has it: pages make of it what can be read. */
  readonly accent?: string | undefined;
  /** IANA name of the zone of times on pages; absent: that of the server. */
  readonly timeZone?: string | undefined;
}

/** Reads a colour, `#rgb` or `#rrggbb`; comes out as `#rrggbb` in lower case. */
export function parseColour(text: string): Parsed<string> {
  if (/^#[0-9a-f]{6}$/i.test(text)) return accept(text.toLowerCase());
  if (/^#[0-9a-f]{3}$/i.test(text))
    return accept(`#${[...text.slice(1).toLowerCase()].flatMap((digit) => [digit, digit]).join('')}`);
  return refuse('P019', 'is not a colour', 'write it like "#0550ae", with # and in quotes');
}
