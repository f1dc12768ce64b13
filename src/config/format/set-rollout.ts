import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

export type RolloutEdit =
  | {
      readonly outcome: 'edited';
      readonly text: string;
      /** What the rule said before; `undefined`: it had no percentage. */
      readonly before: { readonly mode: string; readonly percent: number | undefined };
    }
  /** `why` is a sentence. */
  | { readonly outcome: 'refused'; readonly why: string };

/**
 * Writes `mode: partial` and a percentage to one rule of a text; everything else stays as it is, byte for byte, comments
 * included. Who falls under `include` and `exclude` stays, too.
 */
export function setRollout(text: string, route: string, rule: string, percent: number): RolloutEdit {
  const document = parseDocument(text, { keepSourceTokens: true });
  if (document.errors.length > 0) return refused('The text is not YAML. postern validate says where.');
  const found = findRule(document.contents, route, rule);
  if (typeof found === 'string') return refused(found);
  const mode = pairOf(found, 'mode');
  const rollout = pairOf(found, 'rollout');
  const written = isScalar(mode?.value) ? String(mode.value.value) : 'enforce';
  const percentNode = isMap(rollout?.value) ? pairOf(rollout.value, 'percent')?.value : undefined;
  const before = {
    mode: written,
    percent: isScalar(percentNode) && typeof percentNode.value === 'number' ? percentNode.value : undefined,
  };
  const edits: Edit[] = [];
  if (mode !== undefined) {
    const edit = replaced(mode.value, 'partial');
    if (edit === undefined) return refused(`The mode of ${route}/${rule} is not a plain word.`);
    edits.push(edit);
  }
  const percentText = String(percent);
  if (rollout !== undefined) {
    const edit = replaced(percentNode, percentText);
    if (edit === undefined) return refused(`The rollout of ${route}/${rule} has no percent to write to.`);
    edits.push(edit);
  }
  const missing = [
    ...(mode === undefined ? ['mode: partial'] : []),
    ...(rollout === undefined ? [`rollout: { percent: ${percentText}, by: user }`] : []),
  ];
  if (missing.length > 0) edits.push(inserted(text, found, missing));
  return { outcome: 'edited', text: apply(text, edits), before };
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function refused(why: string): RolloutEdit {
  return { outcome: 'refused', why };
}

function findRule(root: unknown, route: string, rule: string): YAMLMap | string {
  const routes = isMap(root) ? pairOf(root, 'routes')?.value : undefined;
  const ofRoute = (isSeq(routes) ? routes.items : []).find((item) => isMap(item) && textOf(item, 'name') === route);
  if (!isMap(ofRoute)) return `There is no route "${route}" in the file.`;
  for (const effect of ['allow', 'deny']) {
    const rules = pairOf(ofRoute, effect)?.value;
    const found = (isSeq(rules) ? rules.items : []).find((item) => isMap(item) && textOf(item, 'id') === rule);
    if (isMap(found)) return found;
  }
  return `The route "${route}" has no rule "${rule}" of its own in the file.`;
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

function textOf(map: YAMLMap, name: string): string | undefined {
  const value = pairOf(map, name)?.value;
  return isScalar(value) ? String(value.value) : undefined;
}

function replaced(node: unknown, text: string): Edit | undefined {
  if (!isScalar(node) || node.range === undefined || node.range === null) return undefined;
  return { from: node.range[0], to: node.range[1], text };
}

/** Behind the rule's id: in the line of a rule in braces, on lines of their own in a rule that has lines. */
function inserted(text: string, rule: YAMLMap, missing: readonly string[]): Edit {
  const id = pairOf(rule, 'id')?.value as Node | undefined;
  const at = id?.range?.[1] ?? rule.range?.[0] ?? 0;
  if (rule.flow === true) return { from: at, to: at, text: missing.map((one) => `, ${one}`).join('') };
  const lineEnd = text.indexOf('\n', at);
  const end = lineEnd === -1 ? text.length : text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const start = (rule.items[0]?.key as Node | undefined)?.range?.[0] ?? at;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  return { from: end, to: end, text: missing.map((one) => `${newline}${indent}${one}`).join('') };
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((one, other) => other.from - one.from)
    .reduce((left, { from, to, text: put }) => `${left.slice(0, from)}${put}${left.slice(to)}`, text);
}
