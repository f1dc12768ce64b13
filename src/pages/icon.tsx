import type { JSX } from 'preact';

const shapes = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6.5 6.5l11 11m0-11l-11 11',
  question: 'M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1-1.4 2.1M12 17.3v.2',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  key: 'M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.5L19.5 4m-3.5 3.5l2.5 2.5',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  device: 'M5 5.5h14v10H5zM2.5 19h19',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.2v.2',
  plug: 'M9 3.5v5m6-5v5M6.5 8.5h11v3a5.5 5.5 0 0 1-11 0zM12 17v4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.6-4 3.5-6 7.5-6s6.9 2 7.5 6',
  gate: 'M5 21V11a7 7 0 0 1 14 0v10M3 21h18M12 4v17M5 12h14',
  app: 'M3.5 5h17v14h-17zM3.5 9h17',
  arrow: 'M4 12h15m-5-5l5 5-5 5',
} as const;

/** The names of the pictures. */
export type IconName = keyof typeof shapes;

/** A picture that says nothing which the words beside it do not say; hidden from screen readers. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
