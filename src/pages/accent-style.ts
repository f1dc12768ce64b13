import type { Branding } from '../config/values/branding.ts';
import { accentFor } from './accent.ts';
import { variablesOf } from './palette.ts';

/** By the branding of a configuration, so that it goes with it. */
const styles = new WeakMap<Branding, string>();

/** The style that gives pages the company's colour, on screens; `undefined`: they have Postern's. Made once for a colour. */
export function accentStyle(branding: Branding | undefined): string | undefined {
  if (branding?.accent === undefined) return undefined;
  const { accent } = branding;
  const known = styles.get(branding);
  if (known !== undefined) return known;
  const light = `@media screen { :root { ${variablesOf(accentFor(accent, 'light'))} } }`;
  const dark = `@media screen and (prefers-color-scheme: dark) { :root { ${variablesOf(accentFor(accent, 'dark'))} } }`;
  const style = `${light} ${dark}`;
  styles.set(branding, style);
  return style;
}
