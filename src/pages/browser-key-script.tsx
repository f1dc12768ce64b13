import type { JSX } from 'preact';
import type { Phrasebook } from './messages/phrasebook.ts';
import { browserScriptPath } from './paths.ts';

/** What works with the browser's key, and what is shown where it fails or may not run. Stands last inside `#browser-key`. */
export function BrowserKeyScript({ phrases }: { readonly phrases: Phrasebook }): JSX.Element {
  return (
    <>
      <p data-note id="browser-failed" hidden>
        {phrases.say('browser.failed')}
      </p>
      <noscript>
        <p>{phrases.say('browser.no_script')}</p>
      </noscript>
      <script src={browserScriptPath} defer />
    </>
  );
}
