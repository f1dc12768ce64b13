import type { Picture } from '../config/values/picture.ts';

/** The portal's path at the sign-in host. */
export const portalPath = '/';

/** What makes the search of the portal answer while somebody types, at the sign-in host. */
export const portalScriptPath = '/.postern/portal.js';

/** The name of the field of that search, in the query of the portal. */
export const searchField = 'q';

/** What names a step-up that somebody has put off, in the query of the portal. */
export const postponedField = 'later';

/** The device page's path at the sign-in host. */
export const devicePath = '/.postern/device';

/** The company's logo, at the sign-in host and at every app's host: a page shows it that is served there. */
export const logoPath = '/.postern/logo';

/** The address of the logo on a page; another logo has another one, so that a browser may keep it. */
export function logoUrl({ hash }: Picture): string {
  return `${logoPath}?v=${hash.slice(0, 16)}`;
}

/** Where pictures of apps are, each under a name that cannot be guessed, at the sign-in host. */
export const iconsPath = '/.postern/icon';

/** Registered browsers, at the sign-in host. */
export const browserScriptPath = '/.postern/browser.js';
export const proveBrowserPath = '/.postern/browser/prove';
export const registerBrowserPath = '/.postern/browser/register';
export const removeBrowserPath = '/.postern/browser/remove';
export const confirmForBrowserPath = '/.postern/browser/confirm';

/** Where the sign-out form of the portal posts to, at the sign-in host. */
export const signOutPath = '/.postern/sign-out';

/** The person's own sessions, and what can be done there, at the sign-in host. */
export const sessionsPath = '/.postern/sessions';
export const endSessionPath = `${sessionsPath}/end`;
export const endOtherSessionsPath = `${sessionsPath}/end-others`;
export const disownSessionPath = `${sessionsPath}/not-me`;

/** Past a service worker that answers every navigation: at the sign-in host, and the two steps at the app's host. */
export const openPath = '/.postern/open';
export const enterPath = '/.postern/enter';
export const enteredPath = '/.postern/entered';

/** Where a person is let into an app again whose service worker answers every navigation. */
export function openUrl(authOrigin: string, { name }: { readonly name: string }): string {
  return `${authOrigin}${openPath}?app=${encodeURIComponent(name)}`;
}

/** Where the button of a page about a post from another site leads, at every app's host, and what it sends. */
export const sendOnPath = '/.postern/send-on';
export const sendOnField = 'post';

/** The name of the form field that carries the token of a form. */
export const formTokenField = 'token';
