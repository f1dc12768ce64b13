import type { JSX } from 'preact';
import { authenticationMethods } from '../decision/decision.ts';
import { clipText } from './clip-text.ts';
import { MomentText } from './moment.tsx';
import type { PersonSession } from './page.ts';
import type { Scene } from './scene.ts';

/** Browser and system in words; either may be unknown. */
export function sessionName({ browser, system }: PersonSession, { phrases }: Scene): string {
  const known = browser ?? phrases.say('sessions.browser');
  return system === undefined ? known : phrases.say('sessions.browser_on', { browser: known, system });
}

/** Where and when a session began, and until when it lasts. */
export function SessionFacts(props: { readonly session: PersonSession; readonly scene: Scene }): JSX.Element {
  const { session, scene } = props;
  const { phrases } = scene;
  const moment = (atMs: number) => ({ moment: <MomentText atMs={atMs} scene={scene} /> });
  const methods = authenticationMethods.filter((method) => session.provedAtMs[method] !== undefined);
  return (
    <ul class="plain">
      <li>{phrases.weave('sessions.from', { address: <bdi>{clipText(session.address)}</bdi> })}</li>
      <li>{phrases.weave('sessions.signed_in', moment(session.signedInAtMs))}</li>
      <li>{phrases.weave('sessions.last_active', moment(session.lastSeenAtMs))}</li>
      <li>{phrases.weave('sessions.expires', moment(session.expiresAtMs))}</li>
      {methods.length > 0 && (
        <li>
          {phrases.say('sessions.proved', {
            methods: methods.map((method) => phrases.say(`method.${method}`)).join(', '),
          })}
        </li>
      )}
    </ul>
  );
}
