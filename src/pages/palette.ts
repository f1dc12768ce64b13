/** The colours of a theme, as `#rrggbb`, by the name of their CSS variable. */
export type Theme = Readonly<Record<ColourName, string>>;

type ColourName =
  | ('page' | 'card' | 'text' | 'muted' | 'line' | 'border')
  | ('link' | 'on-link' | 'danger' | 'ok' | 'warn')
  | ('danger-tint' | 'ok-tint' | 'warn-tint' | 'info-tint');

/** What pages look like by daylight, and in the dark. Every text has a contrast of 4.5 to 1 or more, borders have 3. */
export const themes = {
  light: {
    page: '#f6f8fa',
    card: '#ffffff',
    text: '#1b1f24',
    muted: '#57606a',
    line: '#d0d7de',
    border: '#6e7781',
    link: '#0550ae',
    'on-link': '#ffffff',
    danger: '#b42318',
    ok: '#116329',
    warn: '#7a4b00',
    'danger-tint': '#fdf1f0',
    'ok-tint': '#eefaf1',
    'warn-tint': '#fff8e5',
    'info-tint': '#eef5fd',
  },
  dark: {
    page: '#0d1117',
    card: '#151b23',
    text: '#e6edf3',
    muted: '#9198a1',
    line: '#2f3742',
    border: '#768390',
    link: '#79b8ff',
    'on-link': '#0d1117',
    danger: '#ff8a80',
    ok: '#56d364',
    warn: '#e3b341',
    'danger-tint': '#2a1517',
    'ok-tint': '#10251a',
    'warn-tint': '#2a2110',
    'info-tint': '#13233a',
  },
} as const satisfies Record<string, Theme>;

/** Colours as CSS variables: `--page: #f6f8fa; …` */
export function variablesOf(colours: Partial<Theme>): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ');
}
