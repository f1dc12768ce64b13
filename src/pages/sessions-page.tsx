import type { JSX } from 'preact';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import type { Page, PersonSession } from './page.ts';
import { disownSessionPath, endOtherSessionsPath, endSessionPath, formTokenField } from './paths.ts';
import type { Scene } from './scene.ts';
import { SessionFacts, sessionName } from './session-facts.tsx';

type SessionsPageData = Extract<Page, { readonly kind: 'sessions' }>;

/** Everywhere the person is signed in, this browser first, with a way to end each other one. */
export function SessionsPage({ page, scene }: { readonly page: SessionsPageData; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  const hasOthers = page.sessions.length > 1;
  return (
    <Layout scene={scene} title={phrases.say('sessions.headline')}>
      <article class="card">
        <Headline icon="person" tone="info" lead={phrases.say('sessions.detail')}>
          {phrases.say('sessions.headline')}
        </Headline>
        {page.notice !== undefined && <Notice notice={page.notice} scene={scene} />}
        {page.sessions.map((session) => (
          <SessionSection key={session.id} session={session} token={page.token} scene={scene} />
        ))}
        {hasOthers ? (
          <section class="split">
            <p class="quiet">{phrases.say('sessions.hint')}</p>
            <form class="actions" method="post" action={endOtherSessionsPath}>
              <input type="hidden" name={formTokenField} value={page.token} />
              <button type="submit" class="button second">
                {phrases.say('sessions.end_others')}
              </button>
            </form>
          </section>
        ) : (
          <p class="quiet split">{phrases.say('sessions.only_this')}</p>
        )}
      </article>
    </Layout>
  );
}

function Notice(props: {
  readonly notice: Exclude<SessionsPageData['notice'], undefined>;
  readonly scene: Scene;
}): JSX.Element {
  const { notice, scene } = props;
  const { phrases } = scene;
  if (notice.kind === 'disowned') {
    return (
      <section class="note warn" role="status">
        <h2>{phrases.say('disowned.headline')}</h2>
        <p>{phrases.say('disowned.detail')}</p>
        <ol class="steps">
          <li>{phrases.say('disowned.password')}</li>
          <li>{phrases.say('disowned.look')}</li>
          <li>{phrases.say('disowned.tell')}</li>
        </ol>
      </section>
    );
  }
  const count = String(notice.count);
  return (
    <p class="note" role="status">
      {notice.count === 0
        ? phrases.say('sessions.ended.none')
        : phrases.say(`sessions.ended.${phrases.pluralOf(notice.count)}`, { count })}
    </p>
  );
}

function SessionSection(props: {
  readonly session: PersonSession;
  readonly token: string;
  readonly scene: Scene;
}): JSX.Element {
  const { session, token, scene } = props;
  const { phrases } = scene;
  return (
    <section class="split">
      <h2 id={session.id}>{sessionName(session, scene)}</h2>
      {session.isCurrent && (
        <p class="pass">
          <span class="state">{phrases.say('sessions.this_browser')}</span>
        </p>
      )}
      <SessionFacts session={session} scene={scene} />
      {!session.isCurrent && (
        <form class="actions" method="post" action={endSessionPath}>
          <input type="hidden" name={formTokenField} value={token} />
          <input type="hidden" name="session" value={session.id} />
          <button type="submit" class="button second small" aria-describedby={session.id}>
            {phrases.say('sessions.end')}
          </button>
          <a
            href={`${disownSessionPath}?session=${encodeURIComponent(session.id)}`}
            class="button second small"
            aria-describedby={session.id}
          >
            {phrases.say('sessions.not_me')}
          </a>
        </form>
      )}
    </section>
  );
}
