import type { AuditEvent } from './audit-event.ts';
import type { Introduction, Retention, Succession } from './audit-line.ts';
import type { WaitingEvent } from './waiting-events.ts';

/** What becomes a line of the trail. */
export type Entry =
  | { readonly kind: 'event'; readonly event: AuditEvent }
  /** An event that was encoded when it came. */
  | { readonly kind: 'waiting'; readonly event: WaitingEvent }
  | { readonly kind: 'succession'; readonly body: Succession }
  | { readonly kind: 'retention'; readonly body: Retention }
  | { readonly kind: 'introduction'; readonly body: Introduction };
