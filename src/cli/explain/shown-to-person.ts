import type { RecordedEvent } from '../../audit/audit-event.ts';
import type { Route } from '../../config/route.ts';
import { englishOf } from '../../config/values/local-text.ts';
import type { Decision } from '../../decision/decision.ts';
import { openPhrasebook } from '../../pages/messages/phrasebook.ts';

const readers = new Set(['document', 'document-post', 'frame']);

/** What the person or the program got for a no, as a sentence; `undefined` for a yes. */
export function shownToPerson(
  event: RecordedEvent['event'],
  decision: Decision,
  route: Route | undefined,
): string | undefined {
  if (decision.outcome === 'allow') return undefined;
  const { client, status } = event;
  if (status === 0) return 'The client had left before there was an answer.';
  if (!readers.has(String(client))) return `It was answered with status ${status} and the code ${decision.reason}.`;
  if (status === 302 || status === 303)
    return decision.outcome === 'step_up' ? 'The person was asked for that proof.' : 'The person was sent to sign in.';
  const { headline } = openPhrasebook('en').reason(decision.reason);
  const title = route === undefined ? String(event['route']) : englishOf(route.title);
  const own = decision.outcome === 'deny' ? decision.userMessage?.['en'] : undefined;
  return `The person was shown: "${headline.replaceAll(/\{app\}/gi, title)}"${own === undefined ? '' : ` and "${own}"`}`;
}
