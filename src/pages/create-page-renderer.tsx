import { renderToString } from 'preact-render-to-string';
import { reasonCatalogue } from '../decision/reason.ts';
import { framedPagePolicy, fullPagePolicy, scriptPagePolicy } from './content-security-policy.ts';
import { openPhrasebook } from './messages/phrasebook.ts';
import type { PageRenderer } from './page.ts';
import { PageView } from './page-view.tsx';
import { isSearchable } from './portal-search.tsx';
import type { Scene } from './scene.ts';
import { sayApp } from './weave-reason.tsx';

export interface PageSettings {
  /** Who greets where the configuration names nobody. Default `Postern`. */
  readonly productName?: string;
  /** Whom to ask where the configuration says nobody: an e-mail address, or a page. */
  readonly help?: string;
  /**
   * IANA name of the zone of times where the configuration names none. Default `UTC`. A name is checked at once, and throws when
   * there is no such zone; a function is asked for each page.
   */
  readonly timeZone?: string | (() => string);
}

/** Builds the renderer of employees' pages. It keeps nothing between pages. */
export function createPageRenderer(settings: PageSettings = {}): PageRenderer {
  const { productName = 'Postern', timeZone = 'UTC', help } = settings;
  if (typeof timeZone === 'string') new Intl.DateTimeFormat('en', { timeZone });
  return {
    contentSecurityPolicy: fullPagePolicy(undefined),
    contentSecurityPolicyFor(page, { branding, formTargets } = {}) {
      if (page.kind === 'refusal' && page.isFramed) return framedPagePolicy(branding);
      if (page.kind === 'prove_browser' || (page.kind === 'device' && page.browsers !== undefined))
        return scriptPagePolicy(branding, true);
      if (page.kind === 'portal' && isSearchable(page)) return scriptPagePolicy(branding, false);
      // What such a page opens has an origin of its own, for which browsers ask no service worker.
      if (page.kind === 'way_in') return `${fullPagePolicy(branding)}; sandbox allow-popups`;
      return fullPagePolicy(branding, formTargets);
    },
    render(page, context) {
      const { branding } = context;
      const scene: Scene = {
        phrases: openPhrasebook(context.acceptLanguage),
        context,
        timeZone: branding?.timeZone ?? (typeof timeZone === 'string' ? timeZone : timeZone()),
        productName: branding?.name ?? productName,
        help: branding?.help ?? help,
      };
      return `<!DOCTYPE html>${renderToString(<PageView page={page} scene={scene} />)}`;
    },
    words(reason, { acceptLanguage, app }) {
      const phrases = openPhrasebook(acceptLanguage);
      const named = reason === 'route_unknown' ? undefined : app;
      const { title, detail } = phrases.reason(reason);
      const { remedy, status } = reasonCatalogue[reason];
      const sentences = [sayApp(phrases, detail, named)];
      if (named?.owner !== undefined && remedy === 'owner' && status === 403) {
        sentences.push(phrases.say('ways.ask_owner', { owner: named.owner }));
      }
      return { title, detail: sentences.join(' '), language: phrases.language };
    },
  };
}
