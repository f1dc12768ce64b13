import { Document, isMap, isScalar, isSeq, type Node, type Pair, visit, type YAMLMap } from 'yaml';
import { showUnseen } from '../../config/source/strange-character.ts';
import type { Draft, DraftRoute, DraftRule, Remark } from './draft.ts';

const widest = 112;

const words = { note: 'NOTE', left_out: 'LEFT OUT', replace: 'REPLACE' } as const;

/** The file that a draft comes to: every remark is a comment before the place that it is about. */
export function writeDraft(draft: Draft): string {
  const document = new Document(
    {
      version: 1,
      server: draft.server,
      admin: { token: `\${file:secrets/admin_token}` },
      state: { path: 'data/postern.db', key: `\${file:secrets/state_key}` },
      ...(Object.keys(draft.session).length === 0 ? {} : { session: draft.session }),
      ...(draft.providers.length === 0 ? {} : { identity_providers: draft.providers.map(({ keys }) => keys) }),
      ...(Object.keys(draft.networks).length === 0 ? {} : { networks: draft.networks }),
      routes: draft.routes.map(routeKeys),
    },
    { aliasDuplicateObjects: false },
  );
  const root = document.contents as unknown as YAMLMap;
  document.commentBefore = [
    ` Made by postern import ${draft.product}. What opens here opened there too, unless a comment says otherwise.`,
    ' NOTE: said in another way, or stricter. LEFT OUT: not said here. REPLACE: to be filled in by you.',
    ...draft.remarks.flatMap(comment),
  ].join('\n');
  commentKey(root, 'server', draft.serverRemarks);
  commentKey(root, 'admin', [
    {
      kind: 'replace',
      text: 'Make the two secrets: openssl rand -base64 32 > secrets/admin_token, the same for state_key, then chmod 0400.',
    },
  ]);
  const providers = itemsOf(root, 'identity_providers');
  for (const [index, { remarks }] of draft.providers.entries()) commentNode(providers[index], remarks);
  const routes = itemsOf(root, 'routes');
  for (const [index, route] of draft.routes.entries()) commentRoute(routes[index], route, index === 0);
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && node.value.includes('${')) node.type = 'QUOTE_DOUBLE';
    },
    Seq: (_, node) => {
      if (node.items.every((item) => isScalar(item) || isShort(item))) node.flow = true;
    },
    Map: (_, node, path) => {
      // What stands inside a rule or beside it is short.
      const depth = path.filter((parent) => isMap(parent)).length;
      if (depth >= 2 && node.items.length <= 3 && node.items.every(({ value }) => isScalar(value) || isSeq(value)))
        node.flow = node.commentBefore === undefined && !node.has('when');
    },
  });
  for (const key of ['server', 'routes']) {
    const pair = pairOf(root, key);
    if (pair !== undefined) (pair.key as Node).spaceBefore = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function isShort(item: unknown): boolean {
  return isMap(item) && item.items.length === 1 && item.commentBefore === undefined;
}

function routeKeys({ name, from, place, to, isPublic, settings, rules }: DraftRoute): object {
  const of = (effect: DraftRule['effect']) =>
    rules.filter((rule) => rule.effect === effect).map(({ id, keys }) => ({ id, ...keys }));
  return {
    name,
    from,
    ...place,
    to: to.length === 1 ? to[0] : to,
    ...settings,
    ...(isPublic ? { public: true } : { allow: of('allow') }),
    ...(rules.some(({ effect }) => effect === 'deny') ? { deny: of('deny') } : {}),
  };
}

function commentRoute(node: unknown, { rules, remarks, isPublic }: DraftRoute, isFirst: boolean): void {
  commentNode(node, remarks);
  if (!isMap(node)) return;
  node.spaceBefore = !isFirst;
  for (const effect of ['allow', 'deny'] as const) {
    const written = effect === 'allow' && isPublic ? [] : itemsOf(node, effect);
    const ofEffect = rules.filter((rule) => rule.effect === effect);
    for (const [index, rule] of ofEffect.entries()) commentNode(written[index], rule.remarks);
  }
}

function itemsOf(map: YAMLMap, key: string): readonly unknown[] {
  const list = map.get(key, true);
  return isSeq(list) ? list.items : [];
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function commentKey(map: YAMLMap, key: string, remarks: readonly Remark[]): void {
  const pair = pairOf(map, key);
  if (pair !== undefined) commentNode(pair.key, remarks);
}

function commentNode(node: unknown, remarks: readonly Remark[]): void {
  if (remarks.length === 0 || !(isMap(node) || isScalar(node))) return;
  node.commentBefore = remarks.flatMap(comment).join('\n');
}

/**
 * The lines of a comment, each of a width that can be read. What came from the other file keeps no line end of its own, and
 * nothing that turns the direction of a line.
 */
function comment({ kind, text }: Remark): readonly string[] {
  const lines: string[] = [];
  let line = ` ${words[kind]}:`;
  for (const word of showUnseen(text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')).split(' ')) {
    if (line.length + word.length > widest) {
      lines.push(line);
      line = '  ';
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}
