import type { Branding } from '../config/values/branding.ts';
import { accentFor } from './accent.ts';
import { variablesOf } from './palette.ts';

const styles = new Map<string, string>();

/** The style that gives pages the company's colour, on screens; `undefined`: they have Postern's. Made once for a colour. */
export function accentStyle(branding: Branding | undefined): string | undefined {
  const { accent } = branding ?? {};
  if (accent === undefined) return undefined;
  const known = styles.get(accent);
  if (known !== undefined) return known;
  const light = `@media screen { :root { ${variablesOf(accentFor(accent, 'light'))} } }`;
  const dark = `@media screen and (prefers-color-scheme: dark) { :root { ${variablesOf(accentFor(accent, 'dark'))} } }`;
  const style = `${light} ${dark}`;
  styles.set(accent, style);
  return style;
}
