import type { JSX } from 'preact';
import { formatMoment } from './messages/format-moment.ts';
import type { Scene } from './scene.ts';

/** A moment: absolute with its zone, and how long ago. Nothing for what is no moment. */
export function MomentText({ atMs, scene }: { readonly atMs: number; readonly scene: Scene }): JSX.Element | null {
  const moment = formatMoment(atMs, scene.context.nowMs, scene.phrases.language, scene.timeZone);
  if (moment === undefined) return null;
  return (
    <span>
      <time dateTime={moment.iso}>{moment.absolute}</time> ({moment.relative})
    </span>
  );
}
