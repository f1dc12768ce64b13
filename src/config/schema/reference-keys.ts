import type * as z from 'zod';
import type { KeyPath } from '../problem.ts';
import { configurationSchema } from './configuration-schema.ts';
import { takesReference } from './text-values.ts';

/**
 * What a key makes of `${env:…}` and `${file:…}`. `secret`: it must be one. `header`: it may be one, and what it stands
 * for goes to an app, or to a provider, and nowhere else. `none`: it would publish what it stands for. `unknown`: there is no such key.
 */
export type ReferenceUse = 'secret' | 'header' | 'none' | 'unknown';

interface KeyNode {
  use: Exclude<ReferenceUse, 'unknown'>;
  readonly children: Map<string, KeyNode>;
  /** What stands under whatever name: items of a list, parts of a map of names. */
  any: KeyNode | undefined;
}

let root: KeyNode | undefined;

/** What the schema says of references at a path. A key takes none unless its type does (`secret`, a header's value). */
export function referenceUseAt(path: KeyPath): ReferenceUse {
  root ??= grow(createNode(), configurationSchema);
  let node: KeyNode | undefined = root;
  for (const part of path) {
    node = (typeof part === 'string' ? node.children.get(part) : undefined) ?? node.any;
    if (node === undefined) return 'unknown';
  }
  return node.use;
}

/** The keys that take references, as people write them: `identity_providers[].client_secret`. */
export function referenceKeys(): readonly string[] {
  root ??= grow(createNode(), configurationSchema);
  const found: string[] = [];
  const visit = ({ use, children, any }: KeyNode, path: string): void => {
    if (use !== 'none') found.push(path);
    for (const [name, child] of children) visit(child, path === '' ? name : `${path}.${name}`);
    // One secret, or a list of them: said once.
    if (any !== undefined && use === 'none') visit(any, any.use === 'header' ? `${path}.NAME` : `${path}[]`);
  };
  visit(root, '');
  return found;
}

function createNode(): KeyNode {
  return { use: 'none', children: new Map(), any: undefined };
}

function grow(node: KeyNode, schema: z.core.$ZodType): KeyNode {
  const { use } = takesReference.get(schema) ?? {};
  if (use !== undefined) node.use = use;
  // The only classes that a schema is made of.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      for (const [name, inner] of Object.entries(def.shape)) {
        const child = node.children.get(name) ?? createNode();
        node.children.set(name, grow(child, inner));
      }
      return node;
    case 'array':
      return growAny(node, def.element);
    case 'record':
      return growAny(node, def.valueType);
    case 'union':
      for (const option of def.options) grow(node, option);
      return node;
    case 'pipe':
      return grow(node, def.in);
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'readonly':
    case 'nonoptional':
      return grow(node, def.innerType);
    default:
      return node;
  }
}

function growAny(node: KeyNode, inner: z.core.$ZodType): KeyNode {
  node.any ??= createNode();
  grow(node.any, inner);
  return node;
}
