import type { JSX } from 'preact';
import { BrowserKeyScript } from './browser-key-script.tsx';
import { Headline } from './headline.tsx';
import { Layout } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import type { Page } from './page.ts';
import { devicePath, proveBrowserPath } from './paths.ts';
import type { Scene } from './scene.ts';
import { appElement, appTitle } from './weave-reason.tsx';

type ProveBrowser = Extract<Page, { readonly kind: 'prove_browser' }>;

/** A short stop on the way to an app, where the browser shows its key; or why it cannot. */
export function ProveBrowserPage(props: { readonly page: ProveBrowser; readonly scene: Scene }): JSX.Element {
  const { page, scene } = props;
  const { phrases } = scene;
  const otherWay = linkTarget(page.otherWayUrl);
  const { proof, app } = page;
  const name = app === undefined ? phrases.say('app.unnamed_capital') : appTitle(phrases, app);
  return (
    <Layout scene={scene} title={phrases.say('browser.headline', { App: name })}>
      <article class="card">
        <Headline icon="device" tone="info">
          {phrases.weave('browser.headline', { App: app === undefined ? name : appElement(phrases, app) })}
        </Headline>
        {proof === undefined ? (
          <Unregistered scene={scene} />
        ) : (
          <div
            id="browser-key"
            data-mode="prove"
            data-url={proveBrowserPath}
            data-nonce={proof.nonce}
            data-token={proof.token}
            data-target={proof.returnTargetId}
            aria-live="polite"
          >
            <p data-note id="browser-checking">
              {phrases.say('browser.checking')}
            </p>
            <div data-note id="browser-unregistered" hidden>
              <Unregistered scene={scene} />
            </div>
            <div data-note id="browser-refused" hidden>
              <Unregistered scene={scene} />
            </div>
            <BrowserKeyScript phrases={phrases} />
          </div>
        )}
        {otherWay !== undefined && (
          <div class="actions">
            <a class="button second" href={otherWay}>
              {phrases.say('browser.other_way')}
            </a>
          </div>
        )}
      </article>
    </Layout>
  );
}

function Unregistered({ scene }: { readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  return (
    <div class="stack">
      <p>{phrases.say('browser.unregistered')}</p>
      <div class="actions">
        <a class="button" href={devicePath}>
          {phrases.say('browser.to_device_page')}
        </a>
      </div>
    </div>
  );
}
