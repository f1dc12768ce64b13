import { type Theme, themes } from './palette.ts';

/** What follows from a company's colour in one theme. */
export type Accent = Pick<Theme, 'link' | 'on-link' | 'info-tint'>;

/** WCAG 2.2, success criterion 1.4.3. */
const readable = 4.5;
/** How much of the colour there is in the background of notes. */
const tintShare = 0.08;
const steps = 64;

/**
 * A company's colour as a theme can use it: as it is, or as little darker (by day) or lighter (in the dark) as it takes
 * to be read on every background that links stand on.
 * @param colour `#rrggbb`
 */
export function accentFor(colour: string, themeName: keyof typeof themes): Accent {
  const theme: Theme = themes[themeName];
  const end = themeName === 'light' ? '#000000' : '#ffffff';
  for (let step = 0; ; step += 1) {
    const link = mix(colour, end, step / steps);
    const infoTint = mix(theme.card, link, tintShare);
    const grounds = [theme.page, theme.card, theme['danger-tint'], theme['ok-tint'], theme['warn-tint'], infoTint];
    // On a button the theme's page is the colour of the words.
    const onLink = themeName === 'light' ? theme.card : theme.page;
    const isReadable = [...grounds, onLink].every((ground) => contrastOf(link, ground) >= readable);
    if (isReadable || step === steps) return { link, 'on-link': onLink, 'info-tint': infoTint };
  }
}

/** How far apart two colours are, from 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrastOf(one: string, other: string): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].sort((first, second) => second - first);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(from: string, to: string, share: number): string {
  const ends = channelsOf(to);
  const mixed = channelsOf(from).map((channel, index) => Math.round(channel + ((ends[index] ?? 0) - channel) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function channelsOf(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
