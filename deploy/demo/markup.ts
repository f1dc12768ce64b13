/** A piece of HTML that needs no more escaping. Only `markup` makes them. */
export interface Markup {
  readonly html: string;
}

type Content = Markup | string | number | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'object') return 'html' in content ? content.html : content.map(render).join('');
  return String(content).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A template for HTML: everything that is put in is escaped, unless it is markup itself. */
export function markup(texts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { html: texts.reduce((html, text, index) => html + render(contents[index - 1]) + text) };
}

/** Takes HTML that a library made. Danger: it is not escaped. */
export function trustedMarkup(html: string): Markup {
  return { html };
}
