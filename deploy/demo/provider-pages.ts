import { type Markup, markup, trustedMarkup } from './markup.ts';
import { layOut } from './page-layout.ts';
import { type Person, people } from './people.ts';

const page = (title: string, content: Markup) =>
  layOut(title, '#5b21b6', 'demo identity provider', markup`<div class="card narrow">${content}</div>`);

const problemLine = (problem: string | undefined) =>
  problem === undefined ? undefined : markup`<p class="bad" role="alert">${problem}</p>`;

/** Where people say who they are: a button for each, and a field for scripts and for those who like to type. */
export function renderSignIn(action: string, current: string | undefined, problem: string | undefined): string {
  const button = (person: Person) => markup`<button name="login" value="${person.id}">
    <b>${person.name}${person.id === current ? ' (signed in)' : ''}</b>
    <span class="muted">${person.groups.join(', ')} · ${person.note}</span></button>`;
  return page(
    'Corp account',
    markup`<h1>Who are you today?</h1>
<p class="muted">No passwords: this provider is part of the demo.</p>${problemLine(problem)}
<form method="post" action="${action}">${people.map(button)}</form>
<form method="post" action="${action}"><label for="login">Or type a name</label>
<input id="login" name="login" autocomplete="username" autocapitalize="none" required><button>Continue</button></form>`,
  );
}

/** The second factor. A real one shows its code on a phone; this one shows it here. */
export function renderSecondFactor(action: string, person: Person, code: string, problem: string | undefined): string {
  return page(
    'Confirm it is you',
    markup`<h1>Confirm it is you</h1>
<p>Signed in as ${person.name}. The app asks for a second factor.</p>${problemLine(problem)}
<p>Your phone would show this code: <code id="shown-code">${code}</code></p>
<form method="post" action="${action}"><label for="code">Code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" required autofocus>
<button>Confirm</button></form>
<form method="post" action="${action}"><button name="cancel" value="yes">Cancel</button></form>`,
  );
}

/** @param form the form that oidc-provider made, with its token. */
export function renderSignOut(form: string): string {
  return page(
    'Sign out',
    markup`<h1>Sign out of your corp account too?</h1>
<p class="muted">Otherwise the next sign-in asks nothing.</p>${trustedMarkup(form)}
<button form="op.logoutForm" name="logout" value="yes" autofocus>Yes, sign me out</button>
<button form="op.logoutForm">No, stay signed in here</button>`,
  );
}

export function renderSignedOut(): string {
  return page('Signed out', markup`<h1>You are signed out</h1><p>You can close this window.</p>`);
}

export function renderProblem(title: string, detail: string): string {
  return page(title, markup`<h1>${title}</h1><p>${detail}</p><p class="muted">Go back to the app and try again.</p>`);
}
