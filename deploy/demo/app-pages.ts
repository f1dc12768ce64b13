import type { Identity } from './assertion.ts';
import { type Markup, markup, trustedMarkup } from './markup.ts';
import { layOut } from './page-layout.ts';

/** What every page of an app shows: its own content, and the identity that came with the request. */
export interface AppLook {
  readonly title: string;
  readonly accent: string;
}

export function renderAppPage(look: AppLook, identity: Identity, content: Markup): string {
  const { subject, name, email, groups } = identity;
  return layOut(
    look.title,
    look.accent,
    'an internal app behind Postern',
    markup`<div class="card">${content}</div>
<div class="card"><h2>What this app was told about you</h2>
<dl><dt>Subject</dt><dd id="subject">${subject}</dd><dt>Name</dt><dd>${name ?? 'unknown'}</dd>
<dt>E-mail</dt><dd id="email">${email ?? 'unknown'}</dd><dt>Groups</dt><dd id="groups">${groups.join(', ')}</dd></dl>
<p class="muted">From X-Postern-Assertion: signed by Postern, for this app alone, a minute old at most.
<a href="/identity">As JSON</a></p></div>`,
  );
}

/** For somebody who calls an app past Postern. */
export function renderDirectCall(look: AppLook, origin: string, why: string): string {
  return layOut(
    look.title,
    look.accent,
    'not this way',
    markup`<div class="card"><h1>This app opens only through Postern</h1><p>${why}</p>
<p>Open it at <a href="${origin}">${origin}</a>.</p></div>`,
  );
}

export function renderWiki(pages: ReadonlyMap<string, string>, current: string): Markup {
  const links = [...pages.keys()].map(
    (page) => markup`<li><a href="/pages/${encodeURIComponent(page)}">${page}</a></li>`,
  );
  return markup`<h1>${current}</h1><p style="white-space: pre-wrap" id="text">${pages.get(current) ?? 'Nobody has written this page yet.'}</p>
<h2>Edit this page</h2><form method="post" action="/pages/${encodeURIComponent(current)}">
<label for="body">Text</label><textarea id="body" name="text" rows="4">${pages.get(current)}</textarea><button>Save</button></form>
<h2>All pages</h2><ul>${links}</ul>`;
}

const dashboardScript = `
const show = (id, text) => { document.getElementById(id).textContent = text; };
const socket = new WebSocket(location.origin.replace('http', 'ws') + '/live');
socket.onopen = () => { show('live-state', 'open'); socket.send('hello'); };
socket.onmessage = (event) => { show('live', event.data); };
socket.onclose = (event) => { show('live-state', 'closed (' + event.code + (event.reason ? ', ' + event.reason : '') + ')'); };
const feed = new EventSource('/events');
feed.onopen = () => { show('feed-state', 'open'); };
feed.onmessage = (event) => { show('feed', event.data); };
feed.onerror = () => { show('feed-state', feed.readyState === EventSource.CLOSED ? 'closed' : 'connecting'); };
`;

export function renderDashboard(): Markup {
  return markup`<h1>Right now</h1>
<h2>WebSocket: <span id="live-state" role="status">connecting</span></h2><pre id="live"></pre>
<h2>Event stream: <span id="feed-state" role="status">connecting</span></h2><pre id="feed"></pre>
<p class="muted">Both stay open as long as Postern says yes to you.</p><script>${trustedMarkup(dashboardScript)}</script>`;
}

export function renderPayroll(identity: Identity): Markup {
  const row = (month: string, amount: string) => markup`<tr><td>${month}</td><td>${amount}</td></tr>`;
  return markup`<h1>Payslips of ${identity.name ?? identity.subject}</h1>
<table><thead><tr><th>Month</th><th>Net</th></tr></thead><tbody>${row('September', '4,812.30 €')}${row('October', '4,812.30 €')}</tbody></table>
<p class="muted">Finance only, with a second factor that is at most 15 minutes old.</p>`;
}

export function renderConsole(): Markup {
  const row = (name: string, state: string) => markup`<tr><td>${name}</td><td>${state}</td></tr>`;
  return markup`<h1>Production console</h1>
<table><thead><tr><th>Service</th><th>State</th></tr></thead><tbody>${row('orders', 'healthy')}${row('search', 'draining')}${row('mail', 'healthy')}</tbody></table>
<p class="muted">Operations only, on a device whose disk is encrypted.</p>`;
}
