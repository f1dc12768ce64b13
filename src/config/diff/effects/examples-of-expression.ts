/** Of each part, and of the whole: enough to see which of several routes takes a path. */
const mostExamples = 12;
const escapes: Readonly<Record<string, readonly string[]>> = {
  ...{ d: ['0', '9'], w: ['a', '0'], s: [' '], D: ['x'], W: ['-'], S: ['x'] },
  ...{ b: [''], B: [''], A: [''], z: [''] },
};
const probes = [...'xaz09AZ-_.~'];

/**
 * Texts that a regular expression probably matches, a few of each branch. Whoever uses them asks the expression itself;
 * what is not understood gives none.
 */
export function examplesOfExpression(text: string): readonly string[] {
  let at = 0;
  const next = () => text[at];

  function alternatives(): readonly string[] {
    const all = [...sequence()];
    while (next() === '|') {
      at += 1;
      all.push(...sequence());
    }
    return all;
  }

  function sequence(): readonly string[] {
    let all: readonly string[] = [''];
    while (at < text.length && next() !== '|' && next() !== ')') {
      const parts = repeated(atom());
      all = all.flatMap((head) => parts.map((part) => head + part)).slice(0, mostExamples);
    }
    return all;
  }

  function repeated(parts: readonly string[]): readonly string[] {
    const [, least] = /^\{(\d+)(?:,\d*)?\}/.exec(text.slice(at)) ?? [];
    const sign = next();
    if (least !== undefined) {
      at += text.slice(at).indexOf('}') + 1;
      skipLazy();
      const times = Math.min(Number(least), 100);
      return times === 0 ? ['', ...parts] : parts.map((part) => part.repeat(times));
    }
    if (sign !== '*' && sign !== '+' && sign !== '?') return parts;
    at += 1;
    skipLazy();
    const several = sign === '?' ? [] : [parts.join('')];
    return [...new Set([...(sign === '+' ? [] : ['']), ...parts, ...several])];
  }

  function skipLazy(): void {
    if (next() === '?') at += 1;
  }

  function atom(): readonly string[] {
    const sign = next() ?? '';
    at += 1;
    if (sign === '^' || sign === '$') return [''];
    if (sign === '.') return ['x', '0'];
    if (sign === '[') return classMembers();
    if (sign === '\\') {
      const escaped = next() ?? '';
      at += 1;
      return escapes[escaped] ?? [escaped];
    }
    if (sign !== '(') return [sign];
    const head = /^\?(?:P?<\w+>|[a-zA-Z-]*:)/.exec(text.slice(at));
    at += head?.[0].length ?? 0;
    const inner = alternatives();
    at += 1;
    return inner;
  }

  function classMembers(): readonly string[] {
    const from = at;
    if (next() === '^') at += 1;
    if (next() === ']') at += 1;
    while (at < text.length && next() !== ']') at += next() === '\\' ? 2 : 1;
    const members = text.slice(from, at);
    at += 1;
    try {
      const isMember = new RegExp(`^[${members}]$`, 'u');
      const named = [...members].filter((sign) => isMember.test(sign));
      return [...new Set([...named.slice(0, 2), ...probes.filter((sign) => isMember.test(sign)).slice(0, 2)])];
    } catch {
      return ['x'];
    }
  }

  return [...new Set(alternatives())].slice(0, mostExamples);
}
