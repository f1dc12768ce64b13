import type { JSX } from 'preact';
import { BrowserKeyScript } from './browser-key-script.tsx';
import { MomentText } from './moment.tsx';
import type { OwnBrowsers } from './page.ts';
import { confirmForBrowserPath, formTokenField, registerBrowserPath, removeBrowserPath } from './paths.ts';
import type { Scene } from './scene.ts';

/** The person's registered browsers on the device page: each with a way to remove it, and a way to register this one. */
export function BrowserSection(props: { readonly browsers: OwnBrowsers; readonly scene: Scene }): JSX.Element {
  const { browsers, scene } = props;
  const { phrases } = scene;
  return (
    <section class="split">
      <h2>{phrases.say('browsers.headline')}</h2>
      <p class="quiet">{phrases.say('browsers.detail')}</p>
      {browsers.registered.length === 0 && <p>{phrases.say('browsers.none')}</p>}
      {browsers.registered.map(({ keyId, name, address, registeredAtMs }) => (
        <form key={keyId} class="actions" method="post" action={removeBrowserPath}>
          <p>
            <bdi>{name}</bdi>, <bdi>{address}</bdi>, <MomentText atMs={registeredAtMs} scene={scene} />
          </p>
          <input type="hidden" name={formTokenField} value={browsers.token} />
          <input type="hidden" name="kid" value={keyId} />
          <button type="submit" class="button second">
            {phrases.say('browsers.remove')}
          </button>
        </form>
      ))}
      <Registration browsers={browsers} scene={scene} />
    </section>
  );
}

function Registration(props: { readonly browsers: OwnBrowsers; readonly scene: Scene }): JSX.Element {
  const { browsers, scene } = props;
  const { phrases } = scene;
  if (browsers.registration === 'full') return <p>{phrases.say('browsers.full')}</p>;
  if (browsers.registration === 'confirm_first') {
    return (
      <div class="actions">
        <a class="button" href={confirmForBrowserPath}>
          {phrases.say('browsers.confirm')}
        </a>
      </div>
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
      <button type="button" class="button" id="register-browser" hidden>
        {phrases.say('browsers.register')}
      </button>
      <p data-note id="browser-refused" hidden>
        {phrases.say('browsers.refused')}
      </p>
      <BrowserKeyScript phrases={phrases} />
    </div>
  );
}
