import { themes, variablesOf } from './palette.ts';

/**
 * The style of every page, inlined. It has no double quotes, ampersands or less-than signs, so that it stands in the
 * document byte for byte and its hash holds (see content-security-policy.ts).
 */
export const stylesheet = `
:root { color-scheme: light dark; ${variablesOf(themes.light)} }
@media (prefers-color-scheme: dark) { :root { ${variablesOf(themes.dark)} } }
@media (prefers-contrast: more) { :root { --muted: var(--text); --line: var(--border); } }
[hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--page); color: var(--text); overflow-wrap: anywhere; }
p, h1, h2, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
a { padding-block: .25rem; color: var(--link); text-underline-offset: .2em; }
a:hover { text-decoration-thickness: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .25rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; font-size: .9em; }
code { user-select: all; }
.icon { flex: none; width: 1.25em; height: 1.25em; vertical-align: -.25em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.development { padding: .4rem 1rem; background: var(--warn-tint); color: var(--warn); border-block-end: 1px solid var(--warn); text-align: center; font-size: .875rem; }
header, main, footer { inline-size: 100%; max-inline-size: 44rem; margin-inline: auto; padding-inline: 1rem; }
.wide header, .wide main, .wide footer { max-inline-size: 64rem; }
header, footer { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem 1.5rem; color: var(--muted); font-size: .875rem; }
header { padding-block: 1rem; min-block-size: 4rem; }
footer { padding-block: 1rem 1.5rem; margin-block-start: auto; }
.brand { display: flex; align-items: center; gap: .5rem; color: var(--text); font-size: 1rem; font-weight: 650; }
.brand .icon { color: var(--link); }
.brand .logo { inline-size: auto; block-size: 2rem; max-inline-size: 8rem; object-fit: contain; }
.account { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; min-inline-size: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: clamp(1.25rem, 5vw, 2.25rem); margin-block: .5rem 1.5rem; }
.card > * + *, .stack > * + * { margin-block-start: 1.25rem; }
h1 { font-size: clamp(1.375rem, 1.2rem + 1vw, 1.75rem); line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1rem; line-height: 1.4; }
section > * + * { margin-block-start: .5rem; }
section > * + .checks { margin-block-start: .75rem; }
.lead { font-size: 1.0625rem; text-wrap: pretty; }
.quiet { color: var(--muted); font-size: .875rem; }
.badge { display: inline-grid; place-items: center; inline-size: 3rem; block-size: 3rem; border-radius: 50%; font-size: 1.25rem; background: var(--info-tint); color: var(--link); }
.badge + h1 { margin-block-start: 1rem; }
h1 + .lead { margin-block-start: .5rem; }
.badge.danger { background: var(--danger-tint); color: var(--danger); }
.badge.warn { background: var(--warn-tint); color: var(--warn); }
.badge.ok { background: var(--ok-tint); color: var(--ok); }
.note { padding: .75rem 1rem; border: 1px solid var(--line); border-inline-start: 4px solid var(--link); border-radius: .375rem; background: var(--info-tint); }
.note.warn { border-inline-start-color: var(--warn); background: var(--warn-tint); }
main > .note { margin-block: .5rem 1.5rem; }
.note .actions { margin-block-start: .75rem; }
.note blockquote { margin: .25rem 0 0; white-space: pre-line; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1rem; }
.button { display: inline-block; min-block-size: 2.75rem; padding: .625rem 1.25rem; border: 1px solid var(--link); border-radius: .5rem; background: var(--link); color: var(--on-link); font: inherit; font-weight: 600; line-height: 1.4; text-align: center; text-decoration: none; cursor: pointer; }
.button:hover { text-decoration: underline; }
.button.second { background: transparent; border-color: var(--border); color: var(--text); }
.button.small { min-block-size: 2rem; padding: .325rem .75rem; font-size: .875rem; line-height: 1.4; }
.choices { display: grid; gap: .75rem; list-style: none; }
.choices .button { display: block; }
.plain, .checks, .chain, .tiles { list-style: none; }
.plain > li + li { margin-block-start: .375rem; }
ul.dots, ol.steps { padding-inline-start: 1.5rem; }
.steps > li + li { margin-block-start: .5rem; }
.checks { border: 1px solid var(--line); border-radius: .5rem; }
.checks > li { display: flex; gap: .75rem; padding: .875rem 1rem; }
.checks > li + li { border-block-start: 1px solid var(--line); }
.checks .what { flex: 1; min-inline-size: 0; }
.checks .name { font-weight: 600; }
.checks a, .checks .state, time { display: inline-block; }
.checks .button { margin-block-start: .5rem; }
.state { font-weight: 600; }
.status .icon { align-self: center; }
.fail > .icon, .fail .state { color: var(--danger); }
.unknown > .icon, .stale > .icon, .unknown .state, .stale .state { color: var(--warn); }
.pass > .icon, .pass .state { color: var(--ok); }
section > .checks + * { margin-block-start: .75rem; }
details > summary { display: list-item; padding-block: .25rem; color: var(--link); cursor: pointer; inline-size: fit-content; }
details > summary + * { margin-block-start: .5rem; }
pre { margin: .5rem 0 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .375rem; background: var(--page); white-space: pre-wrap; user-select: all; }
.split { border-block-start: 1px solid var(--line); padding-block-start: 1.25rem; }
.chain { display: flex; flex-wrap: wrap; gap: .75rem; }
.chain > li { flex: 1 1 8rem; display: flex; align-items: center; gap: .75rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; min-inline-size: 0; }
.chain > .fail { border-color: var(--danger); background: var(--danger-tint); }
.chain .what { min-inline-size: 0; }
.chain .name { display: block; font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1rem; margin-block: 1.5rem; }
.tile { position: relative; display: flex; flex-direction: column; gap: .5rem; padding: 1.125rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.tile:hover { border-color: var(--link); }
.tile .top { display: flex; align-items: center; gap: .75rem; min-inline-size: 0; }
.tile .letter { flex: none; display: grid; place-items: center; inline-size: 2.5rem; block-size: 2.5rem; border-radius: .625rem; background: var(--info-tint); color: var(--link); font-size: 1.125rem; font-weight: 650; }
.tile .picture { flex: none; inline-size: 2.5rem; block-size: 2.5rem; padding: .25rem; border-radius: .625rem; background: #ffffff; object-fit: contain; }
.tile .title { min-inline-size: 0; hyphens: auto; margin: 0; font-size: 1.0625rem; }
.tile .title a { color: var(--text); text-decoration: none; }
.tile .title a::after { content: ''; position: absolute; inset: 0; border-radius: .75rem; }
.tile .title a:hover { text-decoration: underline; }
.tile .title a:focus-visible { outline: none; }
.tile .title a:focus-visible::after { outline: 3px solid var(--link); outline-offset: 2px; }
.tile > * + * { margin-block-start: 0; }
.tile .status { display: flex; align-items: baseline; gap: .375rem; margin-block-start: auto; padding-block-start: .5rem; font-size: .875rem; }
.group > h2 { margin-block: 1.75rem -.5rem; font-size: 1.125rem; }
.search { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; margin-block: 1rem .5rem; }
.search label { font-weight: 600; }
.search input { flex: 1 1 14rem; min-inline-size: 0; min-block-size: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--border); border-radius: .5rem; background: var(--card); color: var(--text); font: inherit; }
.intro { margin-block: .5rem 1.5rem; }
.framed { min-height: 0; }
.framed main { padding: 1rem; max-inline-size: 32rem; }
.framed main > * + * { margin-block-start: .75rem; }
.framed h1 { font-size: 1.125rem; }
.framed footer { padding-block: 0 1rem; max-inline-size: 32rem; }
@media (max-width: 30rem) { .actions .button, .actions > form { flex: 1 1 100%; inline-size: 100%; } }
@media (prefers-reduced-motion: no-preference) { .button, .tile { transition: border-color .15s, background-color .15s; } }
@media (forced-colors: active) {
  .button, .badge, .note, .tile .letter { border: 1px solid ButtonText; }
  .badge, .tile .letter { forced-color-adjust: auto; }
}
@media print {
  :root { --page: #ffffff; --card: #ffffff; --text: #000000; --muted: #333333; --link: #000000; }
  .actions, .account form, .choices { display: none; }
  .card { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; block-size: auto; }
  main a[href^='http']::after { content: ' (' attr(href) ')'; font-size: .875em; }
  .tile .title a::after { position: static; }
}
`;
