import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import type { Page } from './page.ts';
import { disownSessionPath, formTokenField, sessionsPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { SessionFacts, sessionName } from './session-facts.tsx';

/** Says what "This wasn't me" does, and asks before it does it. */
export function SessionDisownPage(props: {
  readonly page: Extract<Page, { readonly kind: 'session_disown' }>;
  readonly scene: Scene;
}): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  return (
    <Layout scene={scene} title={phrases.say('disown.headline')}>
      <article class="card">
        <Headline icon="warning" tone="warn">
          {phrases.say('disown.headline')}
        </Headline>
        <section>
          <h2>{sessionName(page.session, scene)}</h2>
          <SessionFacts session={page.session} scene={scene} />
        </section>
        <section class="split">
          <h2>{phrases.say('disown.what')}</h2>
          <ul class="dots">
            <li>{phrases.say('disown.ends')}</li>
            <li>{phrases.say('disown.sign_in')}</li>
            <li>{phrases.say('disown.risk')}</li>
            <li>{phrases.say('disown.noted')}</li>
          </ul>
        </section>
        <form class="actions" method="post" action={disownSessionPath}>
          <input type="hidden" name={formTokenField} value={page.token} />
          <input type="hidden" name="session" value={page.session.id} />
          <button type="submit" class="button">
            {phrases.say('disown.confirm')}
          </button>
          <a class="button second" href={sessionsPath}>
            {phrases.say('disown.back')}
          </a>
        </form>
      </article>
    </Layout>
  );
}
