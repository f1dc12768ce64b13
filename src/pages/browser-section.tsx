import type { JSX } from 'preact';
import { BrowserKeyScript } from './browser-key-script.tsx';
import { MomentText } from './moment.tsx';
import type { OwnBrowsers } from './page.ts';
import { confirmForBrowserPath, formTokenField, registerBrowserPath, removeBrowserPath } from './paths.ts';
import type { Scene } from './scene.ts';

interface SectionProps {
  readonly browsers: OwnBrowsers;
  readonly scene: Scene;
  /** Something else on the page helps more than to register this browser. */
  readonly isSecond: boolean;
}

/** The person's registered browsers on the device page: each with a way to remove it, and a way to register this one. */
export function BrowserSection({ browsers, scene, isSecond }: SectionProps): JSX.Element {
  const { phrases } = scene;
  return (
    <section class="split">
      <h2>{phrases.say('browsers.headline')}</h2>
      <p class="quiet">{phrases.say('browsers.detail')}</p>
      {browsers.registered.length === 0 ? (
        <p>{phrases.say('browsers.none')}</p>
      ) : (
        <ul class="checks">
          {browsers.registered.map(({ keyId, name, address, registeredAtMs }) => (
            <li key={keyId}>
              <form class="what" method="post" action={removeBrowserPath}>
                <p class="name">
                  <bdi>{name}</bdi>
                </p>
                <p class="quiet">
                  {phrases.weave('browsers.registered', {
                    moment: <MomentText atMs={registeredAtMs} scene={scene} />,
                    address: <bdi>{address}</bdi>,
                  })}
                </p>
                <input type="hidden" name={formTokenField} value={browsers.token} />
                <input type="hidden" name="kid" value={keyId} />
                <button type="submit" class="button second small">
                  {phrases.say('browsers.remove')}
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <Registration browsers={browsers} scene={scene} isSecond={isSecond} />
    </section>
  );
}

function Registration({ browsers, scene, isSecond }: SectionProps): JSX.Element {
  const { phrases } = scene;
  const look = isSecond ? 'button second' : 'button';
  if (browsers.registration === 'full') return <p>{phrases.say('browsers.full')}</p>;
  if (browsers.registration === 'confirm_first') {
    return (
      <>
        <p>{phrases.say('browsers.confirm_first')}</p>
        <div class="actions">
          <a class={look} href={confirmForBrowserPath}>
            {phrases.say('action.confirm')}
          </a>
        </div>
      </>
    );
  }
  return (
    <div
      id="browser-key"
      class="actions"
      data-mode="register"
      data-url={registerBrowserPath}
      data-nonce={browsers.registration.nonce}
      data-token={browsers.token}
      aria-live="polite"
    >
      <button type="button" class={look} id="register-browser" hidden>
        {phrases.say('browsers.register')}
      </button>
      <p data-note id="browser-refused" hidden>
        {phrases.say('browsers.refused')}
      </p>
      <BrowserKeyScript phrases={phrases} />
    </div>
  );
}
