import { type Markup, markup, trustedMarkup } from './markup.ts';

const style = `
:root { color-scheme: light dark; --text: #1b1f24; --muted: #57606a; --link: #0550ae; --line: #d0d7de; --paper: #fff; --ground: #f6f8fa; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --muted: #9198a1; --link: #79b8ff; --line: #30363d; --paper: #161b22; --ground: #0d1117; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
header { border-top: .4rem solid var(--accent); background: var(--paper); border-bottom: 1px solid var(--line); padding: .8rem 1.2rem; font-weight: 600; }
header small { color: var(--muted); font-weight: 400; margin-left: .6rem; }
main { max-width: 44rem; margin: 1.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin: 0 0 .6rem; } h2 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: 1.2rem; margin-bottom: 1rem; }
.narrow { max-width: 26rem; margin-inline: auto; }
.muted { color: var(--muted); } .bad { color: var(--bad); } a { color: var(--link); }
button, .button { font: inherit; display: block; width: 100%; text-align: left; padding: .6rem .8rem; margin: .4rem 0; min-height: 44px; color: inherit; background: var(--paper); border: 1px solid #6e7781; border-radius: .4rem; cursor: pointer; }
button:hover { border-color: var(--link); } button b { display: block; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
input, textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid #6e7781; border-radius: .4rem; padding: .5rem; width: 100%; }
label { display: block; margin-top: .6rem; } code { font-size: 1.2rem; letter-spacing: .15em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; } dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
td:last-child, th:last-child { text-align: right; padding-right: 0; } pre { overflow: auto; margin: 0; min-height: 3rem; }
`;

/** A whole page of the demo's own programs: the sign-in provider and the apps. Postern's pages are its own. */
export function layOut(title: string, accent: string, subtitle: string, content: Markup): string {
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${trustedMarkup(style)}:root { --accent: ${accent}; }</style></head>
<body><header>${title}<small>${subtitle}</small></header><main>${content}</main></body></html>
`.html;
}
